// BatchNormalization: statistics of the batch in training, moving ones
// otherwise.
#include "dialects/layer/layers/Axes.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/layers/Tensors.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

ArrayRef<StringRef> BatchNormalizationOp::getParameters() {
  static constexpr StringRef names[] = {"inputs", "training", "mask"};
  return names;
}

ArrayRef<StringRef> BatchNormalizationOp::getCallKeys() {
  static constexpr StringRef keys[] = {"arguments"};
  return keys;
}

FailureOr<Type> BatchNormalizationOp::inferResult(std::optional<Location> loc,
                                                  Adaptor layer) {
  auto tensors = readTensors<BatchNormalizationOp>(loc, layer, {"inputs"});
  if (failed(tensors))
    return failure();
  RankedTensorType x = typeOf(tensors->find("inputs"));
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
  if (Value mask = tensors->find("mask")) {
    ArrayRef<int64_t> places = x.getShape().drop_back();
    auto shape = broadcastShapes(typeOf(mask).getShape(), places);
    if (typeOf(mask).getRank() != x.getRank() - 1 || failed(shape) ||
        ArrayRef(*shape) != places)
      return emitLayerError<BatchNormalizationOp>(
          loc, layer, "mask is ", typeOf(mask), " but its input is ", x,
          "; give one number for each place before the last dimension");
  }
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

/// All dimensions but that of the features.
static SmallVector<int64_t> dimsBeside(int64_t dim, int64_t rank) {
  SmallVector<int64_t> others;
  for (int64_t i = 0; i < rank; ++i)
    if (i != dim)
      others.push_back(i);
  return others;
}

// mean = sum x / count, variance = sum (x - mean)^2 / count
//     over all dimensions but the features; count includes the batch at hand
static std::pair<Value, Value> buildMoments(ImplicitLocOpBuilder &b, Value x,
                                            int64_t dim) {
  Formula f(b);
  RankedTensorType type = typeOf(x);
  SmallVector<int64_t> others = dimsBeside(dim, type.getRank());
  SmallVector<int64_t> counted = llvm::map_to_vector(
      others, [&](int64_t other) { return type.getDimSize(other); });
  Value sum = prim::ReduceSumOp::create(b, x, others);
  Value count = prim::buildBroadcast(
      b, prim::buildCount(b, type.clone(counted)), sum.getType());
  Value mean = f.div(sum, count);
  Value squares = prim::SquaredDeviationsOp::create(b, x, mean, others);
  return {mean, f.div(squares, count)};
}

// The same over the elements that count: m is 1 there and 0 elsewhere.
//     mean = sum m x / (sum m + e), variance = sum m (x - mean)^2 / (sum m + e)
// with e = 1e-7, Keras' epsilon, for a batch where nothing counts.
static std::pair<Value, Value>
buildMaskedMoments(ImplicitLocOpBuilder &b, Value x, Value mask, int64_t dim) {
  Formula f(b);
  RankedTensorType type = typeOf(x);
  SmallVector<int64_t> others = dimsBeside(dim, type.getRank());
  Value m = spreadMask(b, mask, type.getShape());
  auto sum = [&](Value value) -> Value {
    return prim::ReduceSumOp::create(b, value, others);
  };
  Value zero = f.splat(x, 0);
  Value count = f.add(sum(convertTo(b, m, b.getF32Type())), 1e-7);
  Value mean = f.div(sum(f.select(m, x, zero)), count);
  Value deviation =
      f.select(m, f.sub(x, broadcastAlong(b, mean, type, dim)), zero);
  return {mean, f.div(sum(f.square(deviation)), count)};
}

// inv = rsqrt(variance + epsilon) gamma,  y = x inv + (beta - mean inv)
// moving' = moving momentum + batch (1 - momentum)
Value BatchNormalizationOp::expand(ImplicitLocOpBuilder &b,
                                   ExpandContext &ctx) {
  Formula f(b);
  Tensors tensors(getArgumentsAttr(), getParameters(), getXs());
  Value x = convertTo(b, tensors.find("inputs"), b.getF32Type());
  Value mask = tensors.find("mask");
  mask = mask ? convertTo(b, mask, b.getI1Type()) : ctx.mask(0);
  int64_t dim = featureDim(*this);
  Value mean = ctx.weight("moving_mean");
  Value variance = ctx.weight("moving_variance");
  if (ctx.isTraining() && ctx.isTrainable()) {
    auto [batchMean, batchVariance] =
        mask ? buildMaskedMoments(b, x, mask, dim) : buildMoments(b, x, dim);
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
