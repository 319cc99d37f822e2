// Shape rules that a family shares.
#include "dialects/prim/Infer.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/TypeRange.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace dlc::prim {

LogicalResult inferElementwise(std::optional<Location> loc, StringRef op,
                               ValueRange operands,
                               SmallVectorImpl<Type> &types) {
  Type expected = operands.front().getType();
  for (auto [i, type] : llvm::enumerate(operands.getTypes()))
    if (type != expected)
      return emitOptionalError(loc, op, ": operand ", i, " is ", type,
                               " but operand 0 is ", expected,
                               "; broadcast the smaller one first");
  types.push_back(expected);
  return success();
}

LogicalResult inferReduction(std::optional<Location> loc, StringRef op, Value x,
                             ArrayRef<int64_t> dims,
                             SmallVectorImpl<Type> &types) {
  auto type = cast<RankedTensorType>(x.getType());
  if (failed(verifyDims(loc, op, dims, type.getRank())))
    return failure();
  types.push_back(dropDims(type, dims));
  return success();
}

LogicalResult verifyDims(std::optional<Location> loc, StringRef op,
                         ArrayRef<int64_t> dims, int64_t rank) {
  int64_t previous = -1;
  for (int64_t dim : dims) {
    if (dim <= previous || dim >= rank)
      return emitOptionalError(
          loc, op, ": dims has ", dim, " after ", previous, " but the rank is ",
          rank, "; name dims from 0 to ", rank - 1, " in rising order");
    previous = dim;
  }
  return success();
}

LogicalResult verifyDim(std::optional<Location> loc, StringRef op, int64_t dim,
                        int64_t rank) {
  if (dim >= 0 && dim < rank)
    return success();
  return emitOptionalError(loc, op, ": dim is ", dim, " but the rank is ", rank,
                           "; name a dim from 0 to ", rank - 1);
}

LogicalResult verifyNumbers(std::optional<Location> loc, StringRef op,
                            StringRef name, ArrayRef<int64_t> numbers,
                            size_t count, int64_t least) {
  if (numbers.size() != count)
    return emitOptionalError(loc, op, ": ", name, " is [", numbers, "] of ",
                             numbers.size(), " numbers but needs ", count,
                             "; write ", count, " numbers");
  for (int64_t number : numbers)
    if (number < least)
      return emitOptionalError(loc, op, ": ", name, " has ", number,
                               " but the least is ", least,
                               "; write numbers from ", least);
  return success();
}

RankedTensorType dropDims(RankedTensorType type, ArrayRef<int64_t> dims) {
  SmallVector<int64_t> kept;
  for (auto [dim, size] : llvm::enumerate(type.getShape()))
    if (!llvm::is_contained(dims, static_cast<int64_t>(dim)))
      kept.push_back(size);
  return RankedTensorType::get(kept, type.getElementType());
}

double countElements(ArrayRef<int64_t> shape, int64_t n) {
  double count = 1;
  for (int64_t size : shape)
    count *= static_cast<double>(ShapedType::isDynamic(size) ? n : size);
  return count;
}

} // namespace dlc::prim
