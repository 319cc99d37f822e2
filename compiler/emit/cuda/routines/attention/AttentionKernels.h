// The kernels of "attention" and "attention_grad", which name their sizes and
// call what AttentionText.h gives.
#pragma once

#include "compiler/emit/cuda/routines/RoutineCall.h"
#include "compiler/emit/cuda/routines/attention/AttentionTile.h"

namespace dlc::emit::cuda::routines {

/// Writes the kernels of one call, one after the other: on tensor cores where
/// its precision is theirs and its heads fit, else on the ordinary multipliers.
class AttentionKernels {
public:
  using Names = std::vector<std::string>;

  /// Of the arrays `operands`, which come before the mask, if there is one, and
  /// `results`.
  AttentionKernels(RoutineCall &call, const Names &operands,
                   const Names &results);

  Expected<void> check() const;
  bool isOnTensorCores() const;

  /// A kernel whose blocks own places of the array `owned` [n, places, heads,
  /// .] and columns of the result `made` of `width` columns. `function` is the
  /// text's, `more` what its template takes behind the number of columns.
  void addOnMultipliers(const char *suffix, const char *function,
                        const Array &owned, const Names &made, int64_t width,
                        const char *more = "");
  /// The same, where a block makes all columns of all results `made`.
  void addOnTensorCores(const char *suffix, const char *function,
                        const Array &owned, const Names &made,
                        const AttentionWork &work);

  KernelText take() { return {code.take(), std::move(stages), 0}; }

  const Array &query() const { return call.operands[0]; }
  const Array &key() const { return call.operands[1]; }
  const Array &value() const { return call.operands[2]; }
  /// Of queries and keys, and of values, in shared memory.
  HeadTile widthTile() const;
  HeadTile depthTile() const;

private:
  /// How a kernel is launched.
  struct Blocks {
    int64_t rows;
    uint32_t threads;
    int64_t gridY, sharedBytes;
    uint32_t perProcessor; // shall fit on one
  };

  llvm::SmallVector<int64_t, 4> listMaskStrides() const;
  void writeSizes();
  void writeTile(const char *name, const HeadTile &tile);
  void addKernel(const char *suffix, const std::string &function,
                 const Array &owned, const Names &made, const Blocks &blocks);

  RoutineCall &call;
  Names arrays;    // of the call
  Names arguments; // of the text's functions, before their results
  size_t operands; // without the mask
  bool hasMask;
  double scale;
  int64_t window;
  bool causal, zeroEmpty;
  Precision precision;
  Code code;
  std::vector<artifact::DeviceStage> stages;
};

} // namespace dlc::emit::cuda::routines
