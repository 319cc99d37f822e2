// What a launch goes on to do with each element that a routine has made: the
// kernel.fused of a kernel.chain.
#pragma once

#include "compiler/emit/cuda/kernels/Elements.h"
#include "compiler/emit/cuda/routines/Code.h"
#include "compiler/emit/cuda/routines/ColumnSums.h"
#include "compiler/emit/cuda/routines/Lanes.h"

namespace dlc::emit::cuda::routines {

/// An element of a routine's result, or the first of four, as names in the
/// text.
struct Element {
  std::string value;
  /// Where it lies in the result.
  std::string offset;
  /// Where the result is rows of `columns` elements: which of them it is; `row`
  /// is empty where the text does not have it.
  std::string row = {}, column = {};
  int64_t columns = 0;
  /// The first of its accumulators, for sums: "j"; empty for the only one.
  std::string accumulator = {};
};

class Epilogue {
public:
  Epilogue(kernel::ChainOp chain, int64_t maxBatch);

  /// "const float *__restrict__ in1": what the kernel.fused reads beside the
  /// element, then its outputs.
  std::vector<std::string> listParameters();
  /// "column_reduction over [n, 8]: cmpf select reduce.addf"
  std::string describe() { return kernel.summarise(); }

  /// Whether it can take four neighbours at once.
  bool mayWiden() const { return lastLoop && wide; }
  /// The C++ types of sums of columns, one for each kernel.reduce.
  std::vector<std::string> listSums() const;
  bool hasSums() const { return !kernel.reduces.empty(); }

  /// Declares `perThread` accumulators of each sum.
  void declareSums(Code &code, int64_t perThread);
  /// Computes and stores what becomes of the element.
  void write(Code &code, const Lanes &lanes, const Element &element);
  /// Adds up the accumulators of all threads and stores what becomes of the
  /// sums, in the last block of each tile of columns. Others return.
  void writeSums(Code &code, const ColumnTiles &tiles);

private:
  std::string placeIn(unsigned loop, const Element &element) const;
  bool isPlaced(unsigned loop);

  kernel::ChainOp chain;
  unsigned carried;
  KernelCode kernel;
  std::optional<unsigned> lastLoop;
  bool wide = false;
};

} // namespace dlc::emit::cuda::routines
