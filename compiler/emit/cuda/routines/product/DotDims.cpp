// The dimensions of a "dot", from its configuration.
#include "compiler/emit/cuda/routines/product/DotDims.h"

namespace dlc::emit::cuda::routines {
namespace {

/// Whether `dims` are in range, and marks them as used once.
bool claim(llvm::ArrayRef<int64_t> dims, std::vector<bool> &used) {
  for (int64_t dim : dims) {
    if (dim < 0 || dim >= int64_t(used.size()) || used[dim])
      return false;
    used[dim] = true;
  }
  return true;
}

llvm::SmallVector<int64_t> leftOver(const std::vector<bool> &used) {
  llvm::SmallVector<int64_t> dims;
  for (size_t i = 0; i < used.size(); ++i)
    if (!used[i])
      dims.push_back(int64_t(i));
  return dims;
}

/// The order in which products are added is free: that of lhs in memory, which
/// also puts the batch first.
void sortContracted(DotDims &dims) {
  llvm::SmallVector<std::pair<int64_t, int64_t>> pairs;
  for (auto [l, r] : llvm::zip(dims.lhsContract, dims.rhsContract))
    pairs.emplace_back(l, r);
  llvm::sort(pairs);
  for (size_t i = 0; i < pairs.size(); ++i)
    std::tie(dims.lhsContract[i], dims.rhsContract[i]) = pairs[i];
}

} // namespace

llvm::SmallVector<int64_t> sizesOf(const Array &array,
                                   llvm::ArrayRef<int64_t> dims) {
  llvm::SmallVector<int64_t> sizes;
  for (int64_t dim : dims)
    sizes.push_back(array.shape[dim]);
  return sizes;
}

Axes axesOf(const Array &array, llvm::ArrayRef<int64_t> dims) {
  std::vector<int64_t> strides = stridesOf(array.shape);
  std::vector<Axis> axes;
  for (int64_t dim : dims)
    axes.push_back({countOf(array.shape[dim]), strides[dim]});
  return Axes(axes);
}

Count lastDim(const RoutineCall &call) {
  return call.result.shape.empty() ? fixed(1)
                                   : countOf(call.result.shape.back());
}

bool DotDims::biasAlongColumns(const RoutineCall &call) const {
  return !rhsFree.empty() &&
         lastDim(call) == countOf(sizesOf(call.operands[1], rhsFree));
}

Expected<DotDims> readDotDims(RoutineCall &call) {
  DotDims dims{call.integers("lhs_batch"), call.integers("rhs_batch"),
               call.integers("lhs_contract"), call.integers("rhs_contract")};
  dims.bias = call.flag("bias");
  dims.relu = call.relu();
  if (auto checked = call.check(); !checked)
    return dlc::Unexpected(checked.error());
  if (auto checked = call.expectFloats(dims.bias ? 3 : 2, std::nullopt);
      !checked)
    return dlc::Unexpected(checked.error());
  const Array &lhs = call.operands[0], &rhs = call.operands[1];
  std::vector<bool> lhsUsed(lhs.shape.size()), rhsUsed(rhs.shape.size());
  if (dims.lhsBatch.size() != dims.rhsBatch.size() ||
      dims.lhsContract.size() != dims.rhsContract.size() ||
      !claim(dims.lhsBatch, lhsUsed) || !claim(dims.lhsContract, lhsUsed) ||
      !claim(dims.rhsBatch, rhsUsed) || !claim(dims.rhsContract, rhsUsed))
    return call.failShapes("the dimensions in the configuration do not pair");
  dims.lhsFree = leftOver(lhsUsed);
  dims.rhsFree = leftOver(rhsUsed);
  sortContracted(dims);

  llvm::SmallVector<int64_t> expected = sizesOf(lhs, dims.lhsBatch);
  llvm::append_range(expected, sizesOf(lhs, dims.lhsFree));
  llvm::append_range(expected, sizesOf(rhs, dims.rhsFree));
  if (sizesOf(lhs, dims.lhsBatch) != sizesOf(rhs, dims.rhsBatch) ||
      sizesOf(lhs, dims.lhsContract) != sizesOf(rhs, dims.rhsContract) ||
      expected != call.result.shape)
    return call.failShapes("the product of the operands has another shape");
  if (dims.bias && !(call.operands[2].count() == lastDim(call)))
    return call.failShapes("the bias is as long as the last dimension");
  return dims;
}

} // namespace dlc::emit::cuda::routines
