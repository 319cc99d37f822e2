// BatchNormalization: statistics of the batch in training, moving ones
// otherwise.
#include "dialects/layer/layers/Axes.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

FailureOr<Type> BatchNormalizationOp::inferResult(std::optional<Location> loc,
                                                  Adaptor layer) {
  auto x = cast<RankedTensorType>(layer.getX().getType());
  SmallVector<int64_t> axis = layer.getAxis();
  if (axis.size() != 1)
    return emitLayerError<BatchNormalizationOp>(
        loc, layer, "axis has ", axis.size(),
        " numbers but features are one dimension; give one");
  if (failed(normalizeAxes<BatchNormalizationOp>(loc, layer, axis, x)))
    return failure();
  if (layer.getRenorm())
    return emitLayerError<BatchNormalizationOp>(
        loc, layer,
        "renorm is true but dlc normalises by the batch alone; set "
        "renorm = false");
  // `synchronized` is about several devices: on one it changes nothing.
  return Type(x.clone(Float32Type::get(x.getContext())));
}

static int64_t featureDim(BatchNormalizationOp layer) {
  return normalizeAxes(layer.getAxis(), layer.getType().getRank()).front();
}

// gamma, beta, moving_mean, moving_variance: all [c]
SmallVector<WeightSpec> BatchNormalizationOp::weights() {
  auto type = RankedTensorType::get({getType().getDimSize(featureDim(*this))},
                                    Float32Type::get(getContext()));
  SmallVector<WeightSpec> weights;
  if (getScale())
    weights.push_back({"gamma", type, true, getGammaInitializer(),
                       getGammaRegularizerAttr()});
  if (getCenter())
    weights.push_back(
        {"beta", type, true, getBetaInitializer(), getBetaRegularizerAttr()});
  weights.push_back(
      {"moving_mean", type, false, getMovingMeanInitializer(), {}});
  weights.push_back(
      {"moving_variance", type, false, getMovingVarianceInitializer(), {}});
  return weights;
}

// mean = sum x / count, variance = sum (x - mean)^2 / count
//     over all dimensions but the features; count includes the batch at hand
static std::pair<Value, Value> buildMoments(ImplicitLocOpBuilder &b, Value x,
                                            int64_t dim) {
  Formula f(b);
  auto type = cast<RankedTensorType>(x.getType());
  SmallVector<int64_t> others, counted;
  for (int64_t i = 0; i < type.getRank(); ++i)
    if (i != dim) {
      others.push_back(i);
      counted.push_back(type.getDimSize(i));
    }
  Value sum = prim::ReduceSumOp::create(b, x, others);
  Value count = prim::buildBroadcast(
      b, prim::buildCount(b, type.clone(counted)), sum.getType());
  Value mean = f.div(sum, count);
  Value squares = prim::SquaredDeviationsOp::create(b, x, mean, others);
  return {mean, f.div(squares, count)};
}

// inv = rsqrt(variance + epsilon) gamma,  y = x inv + (beta - mean inv)
// moving' = moving momentum + batch (1 - momentum)
Value BatchNormalizationOp::expand(ImplicitLocOpBuilder &b,
                                   ExpandContext &ctx) {
  Formula f(b);
  Value x = convertTo(b, getX(), b.getF32Type());
  int64_t dim = featureDim(*this);
  Value mean = ctx.weight("moving_mean");
  Value variance = ctx.weight("moving_variance");
  if (ctx.isTraining() && ctx.isTrainable()) {
    auto [batchMean, batchVariance] = buildMoments(b, x, dim);
    double momentum = getMomentum();
    auto blend = [&](Value moving, Value batch) {
      return f.add(f.mul(moving, momentum), f.mul(batch, 1 - momentum));
    };
    ctx.update("moving_mean", blend(mean, batchMean));
    ctx.update("moving_variance", blend(variance, batchVariance));
    mean = batchMean;
    variance = batchVariance;
  }

  Value inv = f.apply<prim::RsqrtOp>(f.add(variance, getEpsilon()));
  if (getScale())
    inv = f.mul(inv, ctx.weight("gamma"));
  Value shift = f.apply<prim::NegOp>(f.mul(mean, inv));
  if (getCenter())
    shift = f.add(shift, ctx.weight("beta"));
  auto type = cast<RankedTensorType>(x.getType());
  return f.add(f.mul(x, broadcastAlong(b, inv, type, dim)),
               broadcastAlong(b, shift, type, dim));
}
