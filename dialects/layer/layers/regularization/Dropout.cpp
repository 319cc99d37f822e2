// Dropout: zeroes a share of x in training and scales up the rest.
#include "dialects/layer/layers/regularization/Dropout.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

/// The shape of the mask: where noise_shape is null that of x, else its sizes,
/// 1 where a dimension shares one number. Failure where it does not fit.
static FailureOr<SmallVector<int64_t>> inferNoise(Attribute noise,
                                                  RankedTensorType x) {
  SmallVector<int64_t> shape(x.getShape());
  if (isNull(noise))
    return shape;
  auto sizes = dyn_cast<ArrayAttr>(noise);
  if (!sizes || int64_t(sizes.size()) != x.getRank())
    return failure();
  for (auto [size, own] : llvm::zip_equal(sizes, shape)) {
    if (isNull(size))
      continue;
    auto number = dyn_cast<IntegerAttr>(size);
    if (!number || (number.getInt() != 1 && number.getInt() != own))
      return failure();
    own = number.getInt();
  }
  return shape;
}

FailureOr<Type> DropoutOp::inferResult(std::optional<Location> loc,
                                       Adaptor layer) {
  auto x = cast<RankedTensorType>(layer.getX().getType());
  double rate = layer.getRate();
  if (rate < 0 || rate > 1)
    return emitLayerError<DropoutOp>(
        loc, layer, "rate is ", formatNumber(rate),
        " but a share is between 0 and 1; choose one in that range");
  if (failed(inferNoise(layer.getNoiseShapeAttr(), x)))
    return emitLayerError<DropoutOp>(
        loc, layer, "noise_shape is ", layer.getNoiseShapeAttr(),
        " but it holds, for each dimension of ", x,
        ", null, its size or 1; write one number for each");
  return Type(x);
}

Value DropoutOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  RankedTensorType type = getX().getType();
  if (!isa<FloatType>(type.getElementType()))
    return getX();
  return buildDropout(b, ctx, getX(), getRate(),
                      *inferNoise(getNoiseShapeAttr(), type));
}

// y = u >= rate ? x / (1 - rate) : 0, with one u in [0, 1) for each element of
// the noise
Value dlc::layer::buildDropout(ImplicitLocOpBuilder &b, ExpandContext &ctx,
                               Value x, double rate, ArrayRef<int64_t> noise) {
  if (rate == 0 || !ctx.isTraining())
    return x;
  Formula f(b);
  Value zero = f.splat(x, 0);
  if (rate == 1)
    return zero;
  auto type = cast<RankedTensorType>(x.getType());
  Value u =
      broadcastTo(b, ctx.randomUniform(type.clone(noise)), type.getShape());
  return f.where(u, prim::Predicate::ge, rate, f.div(x, 1 - rate), zero);
}
