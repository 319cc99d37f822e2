// Crossentropies as keras/src/losses/losses.py and backend/jax/nn.py define
// them.
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/training/Losses.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

static int64_t lastDim(Value x) { return typeOf(x).getRank() - 1; }

static Value toFloat(ImplicitLocOpBuilder &b, Value x) {
  return convertTo(b, x, b.getF32Type());
}

//===-- Formulas ----------------------------------------------------------===//

// clip(p / sum p, e, 1 - e); the gradient is zero where clipped
static Value buildShares(ImplicitLocOpBuilder &b, Value p) {
  Formula f(b);
  Value sum = buildSumOverLast(b, p);
  Value share =
      f.div(p, prim::BroadcastOp::create(b, p.getType(), sum, lastDim(p)));
  return f.clip(share, epsilon, 1 - epsilon);
}

static Value buildLogProbability(ImplicitLocOpBuilder &b, Value p) {
  return Formula(b).apply<prim::LogOp>(buildShares(b, p));
}

// -sum labels ln p                                      [n, ..., c] -> [n, ...]
static Value buildCrossentropy(ImplicitLocOpBuilder &b, Value labels,
                               Value logProbability) {
  Formula f(b);
  return f.apply<prim::NegOp>(
      buildSumOverLast(b, f.mul(labels, logProbability)));
}

Value dlc::layer::buildSparseCrossentropy(ImplicitLocOpBuilder &b, Value labels,
                                          Value y, bool fromLogits) {
  Value targets = buildOneHot(b, labels, typeOf(y).getShape().back());
  if (fromLogits)
    return prim::SoftmaxCrossentropyOp::create(b, y, targets);
  return buildCrossentropy(b, targets, buildLogProbability(b, y));
}

// t (1 - s) + s / c
static Value smoothClasses(ImplicitLocOpBuilder &b, Value t, double s) {
  Formula f(b);
  if (s == 0)
    return t;
  return f.add(f.mul(t, 1 - s), s / double(typeOf(t).getShape().back()));
}

// t (1 - s) + s / 2
static Value smoothBits(ImplicitLocOpBuilder &b, Value t, double s) {
  Formula f(b);
  return s == 0 ? t : f.add(f.mul(t, 1 - s), s / 2);
}

// Smoothed targets need not sum to 1, so the gradient is that of log_softmax.
Value dlc::layer::buildCategoricalCrossentropy(ImplicitLocOpBuilder &b, Value t,
                                               Value y, bool fromLogits,
                                               double smoothing) {
  t = smoothClasses(b, t, smoothing);
  Value logProbability =
      fromLogits ? prim::LogSoftmaxOp::create(b, y, lastDim(y)).getResult()
                 : buildLogProbability(b, y);
  return buildCrossentropy(b, t, logProbability);
}

// -(t ln p + (1 - t) ln(1 - p)), p = clip(y, e, 1 - e)
static Value buildBitLoss(ImplicitLocOpBuilder &b, Value t, Value y) {
  Formula f(b);
  Value other = f.sub(f.splat(t, 1), t);
  Value p = f.clip(y, epsilon, 1 - epsilon);
  Value onOne = f.apply<prim::LogOp>(p);
  Value onZero = f.apply<prim::LogOp>(f.sub(f.splat(p, 1), p));
  return f.apply<prim::NegOp>(f.add(f.mul(t, onOne), f.mul(other, onZero)));
}

// mean over the last dimension of
//   t softplus(-x) + (1 - t) softplus(x)                       from logits
//   -(t ln p + (1 - t) ln(1 - p)), p = clip(y, e, 1 - e)       else
Value dlc::layer::buildBinaryCrossentropy(ImplicitLocOpBuilder &b, Value t,
                                          Value y, bool fromLogits,
                                          double smoothing) {
  Formula f(b);
  t = smoothBits(b, t, smoothing);
  if (!fromLogits)
    return buildMeanOverLast(b, buildBitLoss(b, t, y));
  Value other = f.sub(f.splat(t, 1), t);
  Value onOne = f.apply<prim::SoftplusOp>(f.apply<prim::NegOp>(y));
  Value onZero = f.apply<prim::SoftplusOp>(y);
  return buildMeanOverLast(b, f.add(f.mul(t, onOne), f.mul(other, onZero)));
}

//===-- Losses ------------------------------------------------------------===//

LogicalResult SparseCategoricalCrossentropyOp::verify() {
  std::optional<double> ignored = getIgnoreClass();
  if (ignored &&
      !(std::trunc(*ignored) == *ignored && std::abs(*ignored) < 0x1p31))
    return emitError() << getOperation()->getName() << ": ignore_class is "
                       << formatNumber(*ignored)
                       << " but labels are whole numbers of 32 bits; give one";
  return verifyLoss(*this);
}

std::optional<int64_t> SparseCategoricalCrossentropyOp::getIgnoredLabel() {
  if (std::optional<double> ignored = getIgnoreClass())
    return int64_t(*ignored);
  return std::nullopt;
}

RankedTensorType
SparseCategoricalCrossentropyOp::getTargetType(RankedTensorType predictions) {
  return RankedTensorType::get(predictions.getShape().drop_back(),
                               IntegerType::get(getContext(), 32));
}

// With `ignore_class` the predictions of such samples become zeros of label 0
// and their loss zero, so that neither it nor its gradient is NaN.
Value SparseCategoricalCrossentropyOp::buildLoss(ImplicitLocOpBuilder &b,
                                                 Value targets,
                                                 Value predictions) {
  Formula f(b);
  Value y = toFloat(b, predictions);
  std::optional<int64_t> ignored = getIgnoredLabel();
  if (!ignored)
    return buildSparseCrossentropy(b, targets, y, getFromLogits());
  Value counts = f.compare(prim::Predicate::ne, targets, double(*ignored));
  auto mask = typeOf(y).clone(b.getI1Type());
  Value spread = prim::BroadcastOp::create(b, mask, counts, lastDim(y));
  Value losses = buildSparseCrossentropy(
      b, f.select(counts, targets, f.splat(targets, 0)),
      f.select(spread, y, f.splat(y, 0)), getFromLogits());
  return f.select(counts, losses, f.splat(losses, 0));
}

LogicalResult CategoricalCrossentropyOp::verify() { return verifyLoss(*this); }

RankedTensorType
CategoricalCrossentropyOp::getTargetType(RankedTensorType predictions) {
  return predictions.clone(Float32Type::get(getContext()));
}

Value CategoricalCrossentropyOp::buildLoss(ImplicitLocOpBuilder &b,
                                           Value targets, Value predictions) {
  return buildCategoricalCrossentropy(b, targets, toFloat(b, predictions),
                                      getFromLogits(), getLabelSmoothing());
}

LogicalResult BinaryCrossentropyOp::verify() { return verifyLoss(*this); }

RankedTensorType
BinaryCrossentropyOp::getTargetType(RankedTensorType predictions) {
  return predictions.clone(Float32Type::get(getContext()));
}

Value BinaryCrossentropyOp::buildLoss(ImplicitLocOpBuilder &b, Value targets,
                                      Value predictions) {
  return buildBinaryCrossentropy(b, targets, toFloat(b, predictions),
                                 getFromLogits(), getLabelSmoothing());
}

//===-- Focal losses ------------------------------------------------------===//

// (1 - p)^gamma
static Value buildFocus(ImplicitLocOpBuilder &b, Value p, double gamma) {
  Formula f(b);
  Value rest = f.sub(f.splat(p, 1), p);
  return prim::PowOp::create(b, rest, f.splat(rest, gamma));
}

// mean over the last dimension of (1 - q)^gamma bit loss,
// q = t p + (1 - t)(1 - p), with class balancing times
// t alpha + (1 - t)(1 - alpha)
Value BinaryFocalCrossentropyOp::buildLoss(ImplicitLocOpBuilder &b,
                                           Value targets, Value predictions) {
  Formula f(b);
  Value p = toFloat(b, predictions);
  Value t = smoothBits(b, targets, getLabelSmoothing());
  if (getFromLogits())
    p = f.apply<prim::LogisticOp>(p);
  Value one = f.splat(t, 1), other = f.sub(one, t);
  Value q = f.add(f.mul(t, p), f.mul(other, f.sub(one, p)));
  Value loss = f.mul(buildFocus(b, q, getGamma()), buildBitLoss(b, t, p));
  if (getApplyClassBalancing())
    loss =
        f.mul(f.add(f.mul(t, getAlpha()), f.mul(other, 1 - getAlpha())), loss);
  return buildMeanOverLast(b, loss);
}

// sum over the last dimension of alpha (1 - p)^gamma (-t ln p)
Value CategoricalFocalCrossentropyOp::buildLoss(ImplicitLocOpBuilder &b,
                                                Value targets,
                                                Value predictions) {
  Formula f(b);
  Value y = toFloat(b, predictions);
  Value t = smoothClasses(b, targets, getLabelSmoothing());
  if (getFromLogits())
    y = prim::SoftmaxOp::create(b, y, lastDim(y));
  Value p = buildShares(b, y);
  Value loss = f.mul(f.apply<prim::NegOp>(t), f.apply<prim::LogOp>(p));
  Value weight = f.mul(buildFocus(b, p, getGamma()), getAlpha());
  return buildSumOverLast(b, f.mul(weight, loss));
}
