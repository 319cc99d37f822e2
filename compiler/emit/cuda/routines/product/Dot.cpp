// "dot": a contraction of two arrays over any of their dimensions, as one
// (batched) matrix product. The configuration is that of
// runtime/host/library/product/Dot.cpp.
#include "compiler/emit/cuda/routines/product/Product.h"
#include "compiler/emit/cuda/routines/product/SmallDot.h"

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

/// Which dimensions of the operands are what.
struct Dims {
  llvm::SmallVector<int64_t> lhsBatch, rhsBatch, lhsContract, rhsContract;
  llvm::SmallVector<int64_t> lhsFree = {}, rhsFree = {};
};

/// The order in which products are added is free: that of lhs in memory, which
/// also puts the batch first.
void sortContracted(Dims &dims) {
  llvm::SmallVector<std::pair<int64_t, int64_t>> pairs;
  for (auto [l, r] : llvm::zip(dims.lhsContract, dims.rhsContract))
    pairs.emplace_back(l, r);
  llvm::sort(pairs);
  for (size_t i = 0; i < pairs.size(); ++i)
    std::tie(dims.lhsContract[i], dims.rhsContract[i]) = pairs[i];
}

Expected<Dims> readDims(RoutineCall &call, bool &bias, bool &relu) {
  Dims dims{call.integers("lhs_batch"), call.integers("rhs_batch"),
            call.integers("lhs_contract"), call.integers("rhs_contract")};
  bias = call.flag("bias");
  relu = call.relu();
  if (auto checked = call.check(); !checked)
    return dlc::Unexpected(checked.error());
  if (auto checked = call.expectFloats(bias ? 3 : 2, std::nullopt); !checked)
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
  return dims;
}

/// The factor whose element is at the sum of three offsets.
Factor describeFactor(const char *array, Precision precision, const Axes &part,
                      const Axes &lines, const Axes &depth, const char *line) {
  Factor factor;
  factor.array = array;
  factor.alongDepth = depth.isContiguous();
  const Axes &along = factor.alongDepth ? depth : lines;
  const Axes &across = factor.alongDepth ? lines : depth;
  factor.width = widestAccess(precision, [&](int64_t width) {
    return along.isAligned(width) && across.keepsAlignment(width) &&
           part.keepsAlignment(width);
  });
  std::string offset =
      sum({part.offsetOf("part"), lines.offsetOf(line), depth.offsetOf("k")});
  factor.locate = [=](Code &) { return Place{offset, ""}; };
  return factor;
}

} // namespace

Expected<KernelText> emitDot(RoutineCall &call) {
  bool hasBias = false;
  Product product;
  auto dims = readDims(call, hasBias, product.relu);
  if (!dims)
    return dlc::Unexpected(dims.error());
  const Array &lhs = call.operands[0], &rhs = call.operands[1];
  Axes lhsPart = axesOf(lhs, dims->lhsBatch),
       rhsPart = axesOf(rhs, dims->rhsBatch);
  Axes rows = axesOf(lhs, dims->lhsFree), columns = axesOf(rhs, dims->rhsFree);
  Axes lhsDepth = axesOf(lhs, dims->lhsContract);
  Axes rhsDepth = axesOf(rhs, dims->rhsContract);
  product.parts = countOf(sizesOf(lhs, dims->lhsBatch));
  product.rows = countOf(sizesOf(lhs, dims->lhsFree));
  product.columns = countOf(sizesOf(rhs, dims->rhsFree));
  product.depth = countOf(sizesOf(lhs, dims->lhsContract));
  product.left =
      describeFactor("lhs", call.precision(), lhsPart, rows, lhsDepth, "row");
  product.right = describeFactor("rhs", call.precision(), rhsPart, columns,
                                 rhsDepth, "column");

  Count last =
      call.result.shape.empty() ? fixed(1) : countOf(call.result.shape.back());
  bool alongColumns = !dims->rhsFree.empty() && last == product.columns;
  std::vector<std::string> names{"lhs", "rhs"};
  if (hasBias) {
    if (!(call.operands[2].count() == last))
      return call.failShapes("the bias is as long as the last dimension");
    product.bias = alongColumns ? indexOver("column", product.columns)
                                : fmt::format("offset % ({})", toText(last));
    names.emplace_back("bias");
  }
  names.emplace_back("y");
  std::string line = indexOver("row", product.rows);
  if (!product.isOnePart())
    line = product.rows == fixed(1)
               ? "part"
               : fmt::format("({} + row)", times("part", product.rows));
  std::string offset =
      sum({times(line, product.columns), indexOver("column", product.columns)});
  product.vectorResult =
      product.columns.trips % 4 == 0 && (!hasBias || alongColumns);
  product.locate = [=](Code &) { return Place{offset, ""}; };
  product.sharesColumns = alongColumns && product.isOnePart();

  Code code;
  if (isSmall(call, product) && !(call.epilogue && call.epilogue->hasSums()))
    return writeSmallDot(call, code, product, names);
  return writeProduct(call, code, product, names);
}

} // namespace dlc::emit::cuda::routines
