// How far numbers are from their targets, as keras/src/losses/losses.py has it:
// formulas that losses and metrics share, and the losses.
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/training/Losses.h"

#include <numbers>

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

// mean (t - y)^2
Value dlc::layer::buildMeanSquaredError(ImplicitLocOpBuilder &b, Value t,
                                        Value y) {
  Formula f(b);
  return buildMeanOverLast(b, f.square(f.sub(t, y)));
}

// mean |t - y|
Value dlc::layer::buildMeanAbsoluteError(ImplicitLocOpBuilder &b, Value t,
                                         Value y) {
  Formula f(b);
  return buildMeanOverLast(b, f.apply<prim::AbsOp>(f.sub(t, y)));
}

// 100 mean |(t - y) / max(|t|, e)|
Value dlc::layer::buildMeanAbsolutePercentageError(ImplicitLocOpBuilder &b,
                                                   Value t, Value y) {
  Formula f(b);
  Value size = f.max(f.apply<prim::AbsOp>(t), epsilon);
  Value share = f.apply<prim::AbsOp>(f.div(f.sub(t, y), size));
  return f.mul(buildMeanOverLast(b, share), 100);
}

// mean (ln(max(y, e) + 1) - ln(max(t, e) + 1))^2
Value dlc::layer::buildMeanSquaredLogarithmicError(ImplicitLocOpBuilder &b,
                                                   Value t, Value y) {
  Formula f(b);
  auto log = [&](Value x) {
    return f.apply<prim::LogOp>(f.add(f.max(x, epsilon), 1));
  };
  return buildMeanOverLast(b, f.square(f.sub(log(y), log(t))));
}

// mean ln cosh x = mean(x + softplus(-2 x) - ln 2), x = y - t
Value dlc::layer::buildLogCosh(ImplicitLocOpBuilder &b, Value t, Value y) {
  Formula f(b);
  Value x = f.sub(y, t);
  Value sum = f.add(x, f.apply<prim::SoftplusOp>(f.mul(x, -2)));
  return buildMeanOverLast(b, f.sub(sum, f.splat(sum, std::numbers::ln2)));
}

// sum t ln(t / y), both within [e, 1]
Value dlc::layer::buildKLDivergence(ImplicitLocOpBuilder &b, Value t, Value y) {
  Formula f(b);
  t = f.clip(t, epsilon, 1);
  y = f.clip(y, epsilon, 1);
  return buildSumOverLast(b, f.mul(t, f.apply<prim::LogOp>(f.div(t, y))));
}

// mean(y - t ln(y + e))
Value dlc::layer::buildPoisson(ImplicitLocOpBuilder &b, Value t, Value y) {
  Formula f(b);
  Value log = f.apply<prim::LogOp>(f.add(y, epsilon));
  return buildMeanOverLast(b, f.sub(y, f.mul(t, log)));
}

// x min(1 / |x|, 1 / e)
static Value normalize(ImplicitLocOpBuilder &b, Value x) {
  Formula f(b);
  RankedTensorType type = typeOf(x);
  Value squares = buildSumOverLast(b, f.square(x));
  Value inverse = f.min(f.apply<prim::RsqrtOp>(squares), 1 / epsilon);
  if (type.getRank() > 1)
    inverse = prim::BroadcastOp::create(b, type, inverse, type.getRank() - 1);
  return f.mul(x, inverse);
}

Value dlc::layer::buildCosineSimilarity(ImplicitLocOpBuilder &b, Value t,
                                        Value y) {
  Formula f(b);
  return buildSumOverLast(b, f.mul(normalize(b, t), normalize(b, y)));
}

/// Targets of -1 and 1: where all of a batch are 0 or 1 they become these.
static Value buildSigns(ImplicitLocOpBuilder &b, Value t) {
  Formula f(b);
  RankedTensorType type = typeOf(t);
  Value bit = prim::OrOp::create(b, f.compare(prim::Predicate::eq, t, 0),
                                 f.compare(prim::Predicate::eq, t, 1));
  auto all = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  Value bits =
      prim::ReduceMinOp::create(b, convertTo(b, bit, b.getF32Type()), all);
  Value areBits = f.compare(prim::Predicate::eq, bits, 1);
  Value spread =
      prim::BroadcastOp::create(b, type.clone(b.getI1Type()), areBits, all);
  Value signs = f.sub(f.mul(t, 2), f.splat(t, 1));
  return f.select(spread, signs, t);
}

// max(1 - t y, 0)
static Value buildMargins(ImplicitLocOpBuilder &b, Value t, Value y) {
  Formula f(b);
  Value product = f.mul(buildSigns(b, t), y);
  return f.max(f.sub(f.splat(product, 1), product), 0);
}

Value dlc::layer::buildHinge(ImplicitLocOpBuilder &b, Value t, Value y) {
  return buildMeanOverLast(b, buildMargins(b, t, y));
}

Value dlc::layer::buildSquaredHinge(ImplicitLocOpBuilder &b, Value t, Value y) {
  return buildMeanOverLast(b, Formula(b).square(buildMargins(b, t, y)));
}

// max(max((1 - t) y) - sum t y + 1, 0)
Value dlc::layer::buildCategoricalHinge(ImplicitLocOpBuilder &b, Value t,
                                        Value y) {
  Formula f(b);
  Value others = f.mul(f.sub(f.splat(t, 1), t), y);
  if (int64_t rank = typeOf(y).getRank(); rank > 1)
    others = prim::ReduceMaxOp::create(b, others, rank - 1);
  Value margin = f.sub(others, buildSumOverLast(b, f.mul(t, y)));
  return f.max(f.add(margin, 1), 0);
}

//===-- Losses ------------------------------------------------------------===//

static Value apply(ErrorFormula formula, ImplicitLocOpBuilder &b, Value targets,
                   Value predictions) {
  return formula(b, targets, convertTo(b, predictions, b.getF32Type()));
}

Value MeanSquaredErrorOp::buildLoss(ImplicitLocOpBuilder &b, Value t, Value y) {
  return apply(buildMeanSquaredError, b, t, y);
}
Value MeanAbsoluteErrorOp::buildLoss(ImplicitLocOpBuilder &b, Value t,
                                     Value y) {
  return apply(buildMeanAbsoluteError, b, t, y);
}
Value MeanAbsolutePercentageErrorOp::buildLoss(ImplicitLocOpBuilder &b, Value t,
                                               Value y) {
  return apply(buildMeanAbsolutePercentageError, b, t, y);
}
Value MeanSquaredLogarithmicErrorOp::buildLoss(ImplicitLocOpBuilder &b, Value t,
                                               Value y) {
  return apply(buildMeanSquaredLogarithmicError, b, t, y);
}
Value LogCoshOp::buildLoss(ImplicitLocOpBuilder &b, Value t, Value y) {
  return apply(buildLogCosh, b, t, y);
}
Value KLDivergenceOp::buildLoss(ImplicitLocOpBuilder &b, Value t, Value y) {
  return apply(buildKLDivergence, b, t, y);
}
Value PoissonOp::buildLoss(ImplicitLocOpBuilder &b, Value t, Value y) {
  return apply(buildPoisson, b, t, y);
}
Value HingeOp::buildLoss(ImplicitLocOpBuilder &b, Value t, Value y) {
  return apply(buildHinge, b, t, y);
}
Value SquaredHingeOp::buildLoss(ImplicitLocOpBuilder &b, Value t, Value y) {
  return apply(buildSquaredHinge, b, t, y);
}
Value CategoricalHingeOp::buildLoss(ImplicitLocOpBuilder &b, Value t, Value y) {
  return apply(buildCategoricalHinge, b, t, y);
}

// A loss falls where the similarity rises.
Value CosineSimilarityOp::buildLoss(ImplicitLocOpBuilder &b, Value t, Value y) {
  return Formula(b).apply<prim::NegOp>(apply(buildCosineSimilarity, b, t, y));
}

// mean of x^2 / 2 where |x| <= delta, else delta |x| - delta^2 / 2, x = y - t
Value HuberOp::buildLoss(ImplicitLocOpBuilder &b, Value t, Value y) {
  Formula f(b);
  Value x = f.sub(convertTo(b, y, b.getF32Type()), t);
  Value size = f.apply<prim::AbsOp>(x);
  double delta = getDelta();
  Value line = f.sub(f.mul(size, delta), f.splat(size, delta * delta / 2));
  return buildMeanOverLast(b, f.where(size, prim::Predicate::le, delta,
                                      f.mul(f.square(x), 0.5), line));
}
