// "dot": a contraction of two arrays over any of their dimensions, as one
// (batched) matrix product. The configuration is that of
// runtime/host/library/product/Dot.cpp.
#include "compiler/emit/cuda/routines/library/LibraryDot.h"
#include "compiler/emit/cuda/routines/product/DotDims.h"
#include "compiler/emit/cuda/routines/product/Product.h"
#include "compiler/emit/cuda/routines/product/SmallDot.h"

namespace dlc::emit::cuda::routines {
namespace {

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
  if (call.byLibrary)
    return emitLibraryDot(call);
  auto dims = readDotDims(call);
  if (!dims)
    return dlc::Unexpected(dims.error());
  bool hasBias = dims->bias;
  Product product;
  product.relu = dims->relu;
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

  Count last = lastDim(call);
  bool alongColumns = dims->biasAlongColumns(call);
  std::vector<std::string> names{"lhs", "rhs"};
  if (hasBias) {
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
