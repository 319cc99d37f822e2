// A kernel.library op as the routines read it: arrays, configuration, and what
// follows it in a kernel.chain.
#pragma once

#include "compiler/emit/cuda/KernelText.h"
#include "compiler/emit/cuda/routines/Code.h"
#include "compiler/emit/cuda/routines/Counts.h"
#include "compiler/emit/cuda/routines/Epilogue.h"
#include "compiler/emit/cuda/routines/product/Precision.h"
#include "dialects/kernel/Kernel.h"

#include <array>
#include <optional>

namespace dlc::emit::cuda::routines {

/// An operand or result: row-major, only its first dimension may be the batch.
struct Array {
  llvm::SmallVector<int64_t> shape;
  DType dtype = DType::F32;

  Count count() const { return countOf(shape); }
  /// "[n, 28, 28, 1]"
  std::string describe() const;
};

/// "float", "int" or "unsigned char".
const char *typeName(DType dtype);

/// Whether it is one of the floating-point types of two bytes.
inline bool isHalf(DType dtype) {
  return dtype == DType::BF16 || dtype == DType::F16;
}

/// Getters return a harmless value for a key that is missing or of the wrong
/// kind and remember the first such mistake, so that a routine reads all its
/// keys first and asks `check` once.
class RoutineCall {
public:
  using Pair = std::array<int64_t, 2>;

  /// A kernel.library, or the one of a kernel.chain.
  RoutineCall(mlir::Operation *op, int64_t maxBatch);

  llvm::SmallVector<int64_t> integers(llvm::StringRef key);
  int64_t integer(llvm::StringRef key);
  /// Two integers, each at least `least`.
  Pair pair(llvm::StringRef key, int64_t least);
  /// [[low, high], [low, high]], none negative.
  std::array<Pair, 2> pads(llvm::StringRef key);
  double number(llvm::StringRef key);
  /// false where the key is missing.
  bool flag(llvm::StringRef key);
  bool relu();
  /// What multiplies the factors of a product: that of their type for halves,
  /// else "precision" of the configuration, where there is one.
  Precision precision();
  Expected<void> check() const;

  /// Whether the call has this many operands, all arrays of one floating-point
  /// type, that of the result, and of `rank` if one is given.
  Expected<void> expectFloats(size_t operands,
                              std::optional<size_t> rank) const;
  dlc::Unexpected<Error> failShapes(std::string limit) const;

  /// Opens the function @NAME@. Names are those of operands, then of the
  /// results, in place of which there may be an epilogue's arrays; a scratch
  /// buffer of floats follows if there is one. It begins with what the routine
  /// is called for, so that calls with other shapes never share a text.
  /// At least `blocks` of it shall fit on a processor at once. Where that is
  /// one it must be said: ptxas spills a few bytes to have room for a second of
  /// its own accord.
  void openKernel(Code &code, uint32_t threads,
                  llvm::ArrayRef<std::string> names, bool scratch,
                  std::optional<uint32_t> blocks = {});
  /// An element of an operand, or four of them, as float32. Operands are what
  /// expectFloats asks for.
  std::string read(const Lanes &lanes, const std::string &array,
                   const std::string &place) const;
  /// `value` in the type of the operands, or four, as float32.
  std::string widen(const std::string &value) const;
  /// The float32 `value`, or four, in the type of the result.
  std::string round(const std::string &value) const;
  /// Stores a float32 element of the result in `array`, or goes on with it.
  void finishElement(Code &code, const Lanes &lanes, const std::string &array,
                     const Element &element);
  /// Whether the epilogue, if there is one, can take four elements at once.
  bool mayWiden() const { return !epilogue || epilogue->mayWiden(); }

  /// More arrays than a launch has parameters for: they lie in a table.
  bool usesTable() const { return operands.size() + 1 > mostParameters; }
  static constexpr size_t mostParameters = 64;

  /// What indices of these arrays are computed in: "int" where sizes allow.
  const char *indexType() const;

  std::string routine;
  /// Whether choose-libraries has given it to a library of the GPU's.
  bool byLibrary = false;
  /// What else the first stage's comment says.
  std::string note;
  std::vector<Array> operands;
  Array result; // the first one, and of most routines the only one
  int64_t maxBatch;
  std::optional<Epilogue> epilogue;
  std::vector<Array> results;
  /// Of the name of the function that openKernel opens: routines of several
  /// functions tell them apart by it.
  std::string suffix;

private:
  void writeComment(Code &code);
  RoutineCall(kernel::LibraryOp op, kernel::ChainOp chain, int64_t maxBatch);

  mlir::Attribute find(llvm::StringRef key, const char *kind);
  void mistake(llvm::StringRef key, const char *kind);

  mlir::DictionaryAttr config;
  std::string thing;
  std::optional<Error> first;
};

/// A routine's emitter.
using Emitter = Expected<KernelText> (*)(RoutineCall &);

Expected<KernelText> emitDot(RoutineCall &);
Expected<KernelText> emitConv2D(RoutineCall &);
Expected<KernelText> emitConv2DInputGrad(RoutineCall &);
Expected<KernelText> emitConv2DKernelGrad(RoutineCall &);
Expected<KernelText> emitMaxPool2D(RoutineCall &);
Expected<KernelText> emitMaxPool2DGrad(RoutineCall &);
Expected<KernelText> emitMaxPool2DPick(RoutineCall &);
Expected<KernelText> emitAvgPool2D(RoutineCall &);
Expected<KernelText> emitAvgPool2DGrad(RoutineCall &);
Expected<KernelText> emitPad(RoutineCall &);
Expected<KernelText> emitConcat(RoutineCall &);
Expected<KernelText> emitGather(RoutineCall &);
Expected<KernelText> emitScatterAdd(RoutineCall &);
Expected<KernelText> emitAttention(RoutineCall &);
Expected<KernelText> emitAttentionGrad(RoutineCall &);

} // namespace dlc::emit::cuda::routines
