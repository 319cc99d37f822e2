// slice, pad and concat: parts of tensors; slice and pad are adjoint.
#include "dialects/prim/Gradient.h"
#include "dialects/prim/Infer.h"

using namespace mlir;
using namespace dlc::prim;

//===-- slice: y[i] = x[start + i * stride] -------------------------------===//

// One dimension of `size` elements. The batch is taken whole.
static LogicalResult verifySlice(std::optional<Location> loc, StringRef op,
                                 int64_t dim, int64_t size, int64_t start,
                                 int64_t count, int64_t stride) {
  if (ShapedType::isDynamic(size)) {
    if (start == 0 && count == -1 && stride == 1)
      return success();
    return emitOptionalError(loc, op, ": dimension ", dim, " is cut from ",
                             start, " size ", count, " by ", stride,
                             " but it is the batch, which is taken whole; "
                             "write start 0, size -1, stride 1");
  }
  if (start < 0 || count < 1 || stride < 1)
    return emitOptionalError(loc, op, ": dimension ", dim, " is cut from ",
                             start, " size ", count, " by ", stride,
                             " but the least are 0, 1 and 1; correct them");
  int64_t last = start + (count - 1) * stride;
  if (last >= size)
    return emitOptionalError(loc, op, ": dimension ", dim, " is read at ", last,
                             " but has ", size,
                             " elements; take fewer or start earlier");
  return success();
}

LogicalResult SliceOp::inferReturnTypes(MLIRContext *,
                                        std::optional<Location> loc, Adaptor op,
                                        SmallVectorImpl<Type> &types) {
  auto x = cast<RankedTensorType>(op.getX().getType());
  StringRef name = getOperationName();
  size_t rank = x.getRank();
  for (auto [list, numbers] :
       {std::pair("starts", op.getStarts()), std::pair("sizes", op.getSizes()),
        std::pair("strides", op.getStrides())})
    if (failed(verifyNumbers(loc, name, list, numbers, rank, -1)))
      return failure();

  SmallVector<int64_t> shape;
  for (size_t dim = 0; dim < rank; ++dim) {
    int64_t size = x.getDimSize(dim), count = op.getSizes()[dim];
    if (failed(verifySlice(loc, name, dim, size, op.getStarts()[dim], count,
                           op.getStrides()[dim])))
      return failure();
    shape.push_back(ShapedType::isDynamic(size) ? size : count);
  }
  types.push_back(RankedTensorType::get(shape, x.getElementType()));
  return success();
}

AffineMap SliceOp::getOperandMap(unsigned) {
  SmallVector<AffineExpr> position;
  for (auto [dim, start, stride] : llvm::enumerate(getStarts(), getStrides()))
    position.push_back(getAffineDimExpr(dim, getContext()) * stride + start);
  return AffineMap::get(position.size(), 0, position, getContext());
}

Value SliceOp::buildScalar(ImplicitLocOpBuilder &, ValueRange x, LoopScope &) {
  return x[0];
}

// dx = g with zeros where x was not read
SmallVector<Value> SliceOp::buildVjp(ImplicitLocOpBuilder &b,
                                     ValueRange grads) {
  if (!isFloat(getX()))
    return {Value()};
  SmallVector<int64_t> low(getStarts()), high, interior;
  for (auto [size, start, count, stride] :
       llvm::zip_equal(getX().getType().getShape(), getStarts(), getSizes(),
                       getStrides())) {
    bool whole = ShapedType::isDynamic(size);
    high.push_back(whole ? 0 : size - (start + (count - 1) * stride + 1));
    interior.push_back(stride - 1);
  }
  return {PadOp::create(b, grads[0], low, high, interior, APFloat(0.0F))};
}

//===-- pad: y[low + i * (1 + interior)] = x[i], else value ---------------===//

LogicalResult PadOp::inferReturnTypes(MLIRContext *,
                                      std::optional<Location> loc, Adaptor op,
                                      SmallVectorImpl<Type> &types) {
  auto x = cast<RankedTensorType>(op.getX().getType());
  StringRef name = getOperationName();
  size_t rank = x.getRank();
  for (auto [list, numbers] :
       {std::pair("low", op.getLow()), std::pair("high", op.getHigh()),
        std::pair("interior", op.getInterior())})
    if (failed(verifyNumbers(loc, name, list, numbers, rank, 0)))
      return failure();

  SmallVector<int64_t> shape;
  for (auto [dim, size] : llvm::enumerate(x.getShape())) {
    int64_t low = op.getLow()[dim], high = op.getHigh()[dim];
    int64_t interior = op.getInterior()[dim];
    if (!ShapedType::isDynamic(size)) {
      int64_t between = size > 0 ? (size - 1) * interior : 0;
      shape.push_back(low + size + between + high);
      continue;
    }
    if (low != 0 || high != 0 || interior != 0)
      return emitOptionalError(loc, name, ": dimension ", dim, " is padded by ",
                               low, ", ", high, " and ", interior,
                               " but it is the batch, which is never padded; "
                               "write 0 there");
    shape.push_back(size);
  }
  types.push_back(RankedTensorType::get(shape, x.getElementType()));
  return success();
}

// dx = g at the places where x went
SmallVector<Value> PadOp::buildVjp(ImplicitLocOpBuilder &b, ValueRange grads) {
  SmallVector<int64_t> sizes, strides;
  for (auto [size, interior] :
       llvm::zip_equal(getX().getType().getShape(), getInterior())) {
    sizes.push_back(ShapedType::isDynamic(size) ? -1 : size);
    strides.push_back(interior + 1);
  }
  return {SliceOp::create(b, grads[0], getLow(), sizes, strides)};
}

//===-- concat: y = xs, one after the other along dim ---------------------===//

LogicalResult ConcatOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> loc,
                                         Adaptor op,
                                         SmallVectorImpl<Type> &types) {
  StringRef name = getOperationName();
  if (op.getXs().empty())
    return emitOptionalError(loc, name,
                             ": has 0 operands but needs 1; give it tensors");
  auto first = cast<RankedTensorType>(op.getXs().front().getType());
  int64_t dim = op.getDim(), total = 0;
  if (failed(verifyDim(loc, name, dim, first.getRank())))
    return failure();
  for (auto [i, x] : llvm::enumerate(op.getXs())) {
    auto type = cast<RankedTensorType>(x.getType());
    bool matches = type.getRank() == first.getRank() &&
                   dropDims(type, dim) == dropDims(first, dim);
    if (!matches)
      return emitOptionalError(
          loc, name, ": operand ", i, " is ", type, " but operand 0 is ", first,
          "; they may differ in dimension ", dim, " only: reshape one of them");
    if (type.isDynamicDim(dim))
      return emitOptionalError(loc, name, ": dimension ", dim, " of operand ",
                               i, " (", type,
                               ") is the batch but must have a known size; "
                               "join along another dimension");
    total += type.getDimSize(dim);
  }
  SmallVector<int64_t> shape(first.getShape());
  shape[dim] = total;
  types.push_back(RankedTensorType::get(shape, first.getElementType()));
  return success();
}

// dx_i = the part of g that x_i became
SmallVector<Value> ConcatOp::buildVjp(ImplicitLocOpBuilder &b,
                                      ValueRange grads) {
  if (!isFloat(getResult()))
    return SmallVector<Value>(getXs().size());
  SmallVector<int64_t> starts(getType().getRank(), 0);
  SmallVector<int64_t> strides(getType().getRank(), 1);
  SmallVector<Value> parts;
  for (Value x : getXs()) {
    SmallVector<int64_t> sizes(cast<RankedTensorType>(x.getType()).getShape());
    int64_t size = sizes[getDim()];
    llvm::replace(sizes, ShapedType::kDynamic, int64_t(-1));
    parts.push_back(SliceOp::create(b, grads[0], starts, sizes, strides));
    starts[getDim()] += size;
  }
  return parts;
}
