// PReLU: a leaky relu whose slope is learnt.
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/layers/reshaping/Resize.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

/// The shape of alpha: that of a sample, 1 where its elements share a slope.
/// Keras counts `shared_axes` from 1 by taking 1 off, so that 0 names the last
/// dimension and -1 the last but one. Failure where there is no such.
static FailureOr<SmallVector<int64_t>>
inferAlpha(std::optional<SmallVector<int64_t>> sharedAxes, RankedTensorType x) {
  SmallVector<int64_t> shape(x.getShape().drop_front());
  int64_t rank = shape.size();
  for (int64_t axis : sharedAxes.value_or(SmallVector<int64_t>())) {
    int64_t dim = axis > 0 ? axis - 1 : axis - 1 + rank;
    if (dim < 0 || dim >= rank)
      return failure();
    shape[dim] = 1;
  }
  return shape;
}

FailureOr<Type> PReLUOp::inferResult(std::optional<Location> loc,
                                     Adaptor layer) {
  auto x = cast<RankedTensorType>(layer.getX().getType());
  if (x.getRank() < 1)
    return emitLayerError<PReLUOp>(loc, layer, "input is ", x,
                                   " but has no batch; give it samples");
  if (failed(inferAlpha(layer.getSharedAxes(), x)))
    return emitLayerError<PReLUOp>(
        loc, layer, "shared_axes are ", formatSizes(*layer.getSharedAxes()),
        " but its input is ", x,
        "; name its dimensions, of which the first after the batch is 1");
  return Type(x.clone(Float32Type::get(x.getContext())));
}

// alpha [sample...], 1 in shared dimensions
SmallVector<WeightSpec> PReLUOp::weights() {
  SmallVector<int64_t> shape = *inferAlpha(getSharedAxes(), getX().getType());
  auto type = RankedTensorType::get(shape, Float32Type::get(getContext()));
  return {
      {"alpha", type, true, getAlphaInitializer(), getAlphaRegularizerAttr()}};
}

// y = relu(x) + (-alpha) relu(-x)
Value PReLUOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  Formula f(b);
  Value x = convertTo(b, getX(), b.getF32Type());
  Value slope = broadcastTo(b, f.apply<prim::NegOp>(ctx.weight("alpha")),
                            getType().getShape());
  Value negative = f.apply<prim::ReluOp>(f.apply<prim::NegOp>(x));
  return f.add(f.apply<prim::ReluOp>(x), f.mul(slope, negative));
}
