// Layers that disturb x in training, and those that leave it.
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/layers/regularization/Dropout.h"

#include <numbers>

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

template <typename Layer>
static FailureOr<Type> inferShare(std::optional<Location> loc,
                                  typename Layer::Adaptor layer, StringRef key,
                                  double value, bool canBeOne = true) {
  if (value >= 0 && (canBeOne ? value <= 1 : value < 1))
    return Type(layer.getX().getType());
  return emitLayerError<Layer>(
      loc, layer, key, " is ", formatNumber(value), " but it is 0 or more and ",
      canBeOne ? "at most 1" : "below 1", "; choose one in that range");
}

//===-- Whole channels ----------------------------------------------------===//

template <typename Layer>
static FailureOr<Type> inferChannels(std::optional<Location> loc,
                                     typename Layer::Adaptor layer,
                                     int64_t rank) {
  auto x = cast<RankedTensorType>(layer.getX().getType());
  if (x.getRank() != rank)
    return emitLayerError<Layer>(loc, layer, "input is ", x, " of rank ",
                                 x.getRank(),
                                 " but its channels are those of "
                                 "rank ",
                                 rank, "; put a Reshape before it");
  return inferShare<Layer>(loc, layer, "rate", layer.getRate());
}

/// Dropout by one number for each sample and channel.
static Value dropChannels(ImplicitLocOpBuilder &b, ExpandContext &ctx, Value x,
                          double rate, int64_t channels) {
  auto type = cast<RankedTensorType>(x.getType());
  if (!type.getElementType().isF32())
    return x;
  SmallVector<int64_t> noise(type.getRank(), 1);
  noise[0] = type.getDimSize(0);
  noise[channels] = type.getDimSize(channels);
  return buildDropout(b, ctx, x, rate, noise);
}

FailureOr<Type> SpatialDropout1DOp::inferResult(std::optional<Location> loc,
                                                Adaptor layer) {
  return inferChannels<SpatialDropout1DOp>(loc, layer, 3);
}
Value SpatialDropout1DOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  return dropChannels(b, ctx, getX(), getRate(), 2);
}

FailureOr<Type> SpatialDropout2DOp::inferResult(std::optional<Location> loc,
                                                Adaptor layer) {
  return inferChannels<SpatialDropout2DOp>(loc, layer, 4);
}
Value SpatialDropout2DOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  return dropChannels(b, ctx, getX(), getRate(),
                      getDataFormat() == "channels_first" ? 1 : 3);
}

//===-- Normal numbers ----------------------------------------------------===//

// Box and Muller 1958: sqrt(-2 ln(1 - u)) cos(2 pi v), u and v in [0, 1)
static Value buildNormal(ImplicitLocOpBuilder &b, ExpandContext &ctx,
                         RankedTensorType type) {
  Formula f(b);
  Value u = ctx.randomUniform(type), v = ctx.randomUniform(type);
  Value log = f.apply<prim::LogOp>(f.sub(f.splat(u, 1), u));
  Value radius = f.apply<prim::SqrtOp>(f.mul(log, -2));
  return f.mul(radius, f.apply<prim::CosOp>(f.mul(v, 2 * std::numbers::pi)));
}

FailureOr<Type> GaussianDropoutOp::inferResult(std::optional<Location> loc,
                                               Adaptor layer) {
  return inferShare<GaussianDropoutOp>(loc, layer, "rate", layer.getRate(),
                                       /*canBeOne=*/false);
}

// y = x (1 + sqrt(rate / (1 - rate)) normal)
Value GaussianDropoutOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  Formula f(b);
  RankedTensorType type = getX().getType();
  if (getRate() == 0 || !ctx.isTraining() || !type.getElementType().isF32())
    return getX();
  double deviation = std::sqrt(getRate() / (1 - getRate()));
  return f.mul(getX(), f.add(f.mul(buildNormal(b, ctx, type), deviation), 1));
}

FailureOr<Type> GaussianNoiseOp::inferResult(std::optional<Location> loc,
                                             Adaptor layer) {
  return inferShare<GaussianNoiseOp>(loc, layer, "stddev", layer.getStddev());
}

// y = x + stddev normal
Value GaussianNoiseOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  Formula f(b);
  RankedTensorType type = getX().getType();
  if (getStddev() == 0 || !ctx.isTraining() || !type.getElementType().isF32())
    return getX();
  return f.add(getX(), f.mul(buildNormal(b, ctx, type), getStddev()));
}

//===-- x itself ----------------------------------------------------------===//

FailureOr<Type>
ActivityRegularizationOp::inferResult(std::optional<Location> loc,
                                      Adaptor layer) {
  auto x = cast<RankedTensorType>(layer.getX().getType());
  if (!isa<FloatType>(x.getElementType()))
    return emitLayerError<ActivityRegularizationOp>(
        loc, layer, "input is ", x,
        " but a loss is of float32; cast it before");
  return Type(x);
}

// adds (l1 sum |x| + l2 sum x^2) / n to the loss
Value ActivityRegularizationOp::expand(ImplicitLocOpBuilder &b,
                                       ExpandContext &ctx) {
  Formula f(b);
  Value loss = prim::buildScalar(b, 0);
  if (getL1() != 0)
    loss = f.add(loss, f.mul(prim::buildSumAll(b, f.apply<prim::AbsOp>(getX())),
                             getL1()));
  if (getL2() != 0)
    loss = f.add(loss, f.mul(prim::buildSumAll(b, f.square(getX())), getL2()));
  ctx.addLoss(f.div(loss, prim::BatchSizeOp::create(b)));
  return getX();
}

FailureOr<Type> IdentityOp::inferResult(std::optional<Location>,
                                        Adaptor layer) {
  return Type(layer.getX().getType());
}
Value IdentityOp::expand(ImplicitLocOpBuilder &, ExpandContext &) {
  return getX();
}
