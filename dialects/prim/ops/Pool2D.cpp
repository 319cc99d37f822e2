// Pools over [n, h, w, c]: the gradients of the five ops are among the five.
#include "dialects/prim/Infer.h"
#include "dialects/prim/Window.h"

using namespace mlir;
using namespace dlc::prim;

// [n, h, w, c] -> [n, oh, ow, c]. Padding is smaller than the window, so that
// every window holds an element.
template <typename Op>
static FailureOr<Type> inferPool(std::optional<Location> loc, StringRef name,
                                 RankedTensorType x, Op op) {
  ArrayRef<int64_t> window = op.getWindow(), padding = op.getPadding();
  if (failed(verifyImages(loc, name, "x", x)))
    return failure();
  FailureOr<std::array<int64_t, 2>> grid =
      inferGrid(loc, name, x, window, op.getStrides(), padding, {1, 1});
  if (failed(grid))
    return failure();
  for (size_t side = 0; side < padding.size(); ++side)
    if (padding[side] >= window[side / 2])
      return emitOptionalError(loc, name, ": padding has ", padding[side],
                               " but the window there has ", window[side / 2],
                               " elements and may not lie outside; pad less");
  return Type(RankedTensorType::get(
      {x.getDimSize(0), (*grid)[0], (*grid)[1], x.getDimSize(3)},
      x.getElementType()));
}

/// The shape rule of an op that gives one number for each window of its x.
template <typename Adaptor>
static LogicalResult inferWindowed(std::optional<Location> loc, StringRef name,
                                   Adaptor op, SmallVectorImpl<Type> &types) {
  auto x = cast<RankedTensorType>(op.getX().getType());
  FailureOr<Type> y = inferPool(loc, name, x, op);
  if (succeeded(y))
    types.push_back(*y);
  return y;
}

template <typename Op> static DictionaryAttr buildConfig(Op op) {
  Builder b(op.getContext());
  return b.getDictionaryAttr(
      {b.getNamedAttr("window", op.getWindowAttr()),
       b.getNamedAttr("strides", op.getStridesAttr()),
       getPaddingConfig(op.getContext(), op.getPadding())});
}

//===-- max_pool2d --------------------------------------------------------===//

LogicalResult MaxPool2DOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> loc,
                                            Adaptor op,
                                            SmallVectorImpl<Type> &types) {
  return inferWindowed(loc, getOperationName(), op, types);
}

DictionaryAttr MaxPool2DOp::getConfig() { return buildConfig(*this); }

// dx = max_pool2d_grad(x, g)
SmallVector<Value> MaxPool2DOp::buildVjp(ImplicitLocOpBuilder &b,
                                         ValueRange grads) {
  return {MaxPool2DGradOp::create(b, getX(), grads[0], getWindow(),
                                  getStrides(), getPadding())};
}

//===-- max_pool2d_grad: dx = sum of dy over windows with their maximum there //

LogicalResult MaxPool2DGradOp::inferReturnTypes(MLIRContext *,
                                                std::optional<Location> loc,
                                                Adaptor op,
                                                SmallVectorImpl<Type> &types) {
  auto x = cast<RankedTensorType>(op.getX().getType());
  FailureOr<Type> y = inferPool(loc, getOperationName(), x, op);
  if (failed(y) || failed(verifyImplied(loc, getOperationName(), "dy",
                                        op.getDy().getType(), *y)))
    return failure();
  types.push_back(x);
  return success();
}

DictionaryAttr MaxPool2DGradOp::getConfig() { return buildConfig(*this); }

// Where the maximum is does not change with x, almost everywhere; so dx = 0.
// ddy = max_pool2d_pick(x, g)
SmallVector<Value> MaxPool2DGradOp::buildVjp(ImplicitLocOpBuilder &b,
                                             ValueRange grads) {
  return {Value(), MaxPool2DPickOp::create(b, getX(), grads[0], getWindow(),
                                           getStrides(), getPadding())};
}

//===-- max_pool2d_pick: y = v where x has its window's maximum -----------===//

LogicalResult MaxPool2DPickOp::inferReturnTypes(MLIRContext *,
                                                std::optional<Location> loc,
                                                Adaptor op,
                                                SmallVectorImpl<Type> &types) {
  if (failed(verifyImplied(loc, getOperationName(), "v", op.getV().getType(),
                           op.getX().getType())))
    return failure();
  return inferWindowed(loc, getOperationName(), op, types);
}

DictionaryAttr MaxPool2DPickOp::getConfig() { return buildConfig(*this); }

// dx = 0
// dv = max_pool2d_grad(x, g)
SmallVector<Value> MaxPool2DPickOp::buildVjp(ImplicitLocOpBuilder &b,
                                             ValueRange grads) {
  return {Value(), MaxPool2DGradOp::create(b, getX(), grads[0], getWindow(),
                                           getStrides(), getPadding())};
}

//===-- avg_pool2d --------------------------------------------------------===//

LogicalResult AvgPool2DOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> loc,
                                            Adaptor op,
                                            SmallVectorImpl<Type> &types) {
  return inferWindowed(loc, getOperationName(), op, types);
}

DictionaryAttr AvgPool2DOp::getConfig() { return buildConfig(*this); }

// dx = avg_pool2d_grad(g)
SmallVector<Value> AvgPool2DOp::buildVjp(ImplicitLocOpBuilder &b,
                                         ValueRange grads) {
  return {AvgPool2DGradOp::create(b, getX().getType(), grads[0], getWindow(),
                                  getStrides(), getPadding())};
}

//===-- avg_pool2d_grad: dx = sum of dy / count over windows there --------===//

LogicalResult AvgPool2DGradOp::verify() {
  FailureOr<Type> dy =
      inferPool(getLoc(), getOperationName(), getType(), *this);
  if (failed(dy))
    return failure();
  return verifyImplied(getLoc(), getOperationName(), "dy", getDy().getType(),
                       *dy);
}

DictionaryAttr AvgPool2DGradOp::getConfig() { return buildConfig(*this); }

// ddy = avg_pool2d(g)
SmallVector<Value> AvgPool2DGradOp::buildVjp(ImplicitLocOpBuilder &b,
                                             ValueRange grads) {
  return {AvgPool2DOp::create(b, grads[0], getWindow(), getStrides(),
                              getPadding())};
}
