// A "dot" that cuBLASLt computes instead of a kernel of ours.
#include "compiler/emit/cuda/routines/library/LibraryDot.h"
#include "compiler/emit/cuda/routines/library/LibraryCost.h"
#include "compiler/emit/cuda/routines/product/DotDims.h"

#include <limits>

namespace dlc::emit::cuda::routines {
namespace {

using artifact::LibraryProduct;

/// An operand's dimensions as those of a matrix for each part, as far as one
/// stride walks each.
struct Sides {
  std::optional<Axis> part, line, across;

  /// None where neighbours of neither side are neighbours in memory.
  std::optional<LibraryProduct::Matrix> describe(int64_t maxBatch) const {
    if (!part || !line || !across)
      return std::nullopt;
    LibraryProduct::Matrix matrix;
    matrix.transposed = across->stride != 1;
    const Axis &outer = matrix.transposed ? *across : *line;
    const Axis &inner = matrix.transposed ? *line : *across;
    matrix.leading = outer.stride;
    matrix.stride = part->stride;
    bool fits = inner.stride == 1 &&
                outer.stride >= evaluate(inner.size, maxBatch) &&
                outer.stride <= std::numeric_limits<int32_t>::max();
    return fits ? std::optional(matrix) : std::nullopt;
  }
};

} // namespace

Expected<std::optional<LibraryProduct>> readLibraryDot(RoutineCall &call) {
  auto dims = readDotDims(call);
  if (!dims)
    return dlc::Unexpected(dims.error());
  const std::optional<LibraryProduct> none;
  const Array &lhs = call.operands[0], &rhs = call.operands[1];
  LibraryProduct product;
  product.parts = countOf(sizesOf(lhs, dims->lhsBatch));
  product.rows = countOf(sizesOf(lhs, dims->lhsFree));
  product.columns = countOf(sizesOf(rhs, dims->rhsFree));
  product.depth = countOf(sizesOf(lhs, dims->lhsContract));
  for (const Count &side : {product.rows, product.columns, product.depth}) {
    int64_t most = evaluate(side, call.maxBatch);
    if (most < 2 || most > std::numeric_limits<int32_t>::max())
      return none;
  }
  if (evaluate(product.parts, call.maxBatch) < 1)
    return none;
  auto compute = toCompute(call.precision());
  Sides left{axesOf(lhs, dims->lhsBatch).single(),
             axesOf(lhs, dims->lhsFree).single(),
             axesOf(lhs, dims->lhsContract).single()};
  Sides right{axesOf(rhs, dims->rhsBatch).single(),
              axesOf(rhs, dims->rhsContract).single(),
              axesOf(rhs, dims->rhsFree).single()};
  auto leftMatrix = left.describe(call.maxBatch);
  auto rightMatrix = right.describe(call.maxBatch);
  // The library's sides have to be walked in one order in both operands, which
  // contracted dimensions of several strides may not be.
  if (!compute || !leftMatrix || !rightMatrix ||
      (dims->bias && !dims->biasAlongColumns(call)))
    return none;
  product.compute = *compute;
  product.lhs = *leftMatrix;
  product.rhs = *rightMatrix;
  product.bias = dims->bias;
  product.relu = dims->relu;
  return std::optional(product);
}

Expected<KernelText> emitLibraryDot(RoutineCall &call) {
  auto product = readLibraryDot(call);
  if (!product)
    return dlc::Unexpected(product.error());
  if (!*product)
    return call.failShapes("cuBLASLt has no such product");
  KernelText text;
  std::string after = (*product)->bias ? ", then a bias" : "";
  if ((*product)->relu)
    after += after.empty() ? ", then ReLU" : " and ReLU";
  std::vector<std::string> shapes;
  for (const Array &operand : call.operands)
    shapes.push_back(operand.describe());
  text.text =
      fmt::format("// {}: {} -> {}; by cuBLASLt in {}{}\n", call.routine,
                  fmt::join(shapes, ", "), call.result.describe(),
                  nameOf(call.precision()), after);
  text.scratchBytes = workspaceBytes;
  text.product = **product;
  return text;
}

} // namespace dlc::emit::cuda::routines
