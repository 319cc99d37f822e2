// F scores, R2, the root of the squared error and correlations, as
// keras/src/metrics has them.
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/training/Confusion.h"
#include "dialects/layer/training/Losses.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

static Value toFloat(ImplicitLocOpBuilder &b, Value x) {
  return convertTo(b, x, b.getF32Type());
}

//===-- F scores ----------------------------------------------------------===//

static LogicalResult verifyFScore(Operation *op, StringRef average, double beta,
                                  std::optional<double> threshold) {
  auto start = [&] {
    return op->emitError() << op->getName() << " " << op->getAttr("name")
                           << ": ";
  };
  if (!llvm::is_contained({"micro", "macro", "weighted"}, average))
    return start() << "average is "
                   << (average.empty() ? "null" : ("\"" + average + "\"").str())
                   << " but a metric of dlc is one number; choose micro, macro "
                      "or weighted";
  if (!(beta > 0))
    return start() << "beta is " << formatNumber(beta)
                   << " but it weighs recall; choose a number above 0";
  if (threshold && !(*threshold > 0 && *threshold <= 1))
    return start() << "threshold is " << formatNumber(*threshold)
                   << " but it is above 0 and at most 1; correct it";
  return success();
}

/// 1 where the class is said to be: above the threshold, or the largest.
static Value buildIsSaid(ImplicitLocOpBuilder &b, Value y,
                         std::optional<double> threshold) {
  Formula f(b);
  if (threshold)
    return toFloat(b, f.compare(prim::Predicate::gt, y, *threshold));
  Value top = prim::BroadcastOp::create(
      b, y.getType(), prim::ReduceMaxOp::create(b, y, int64_t(1)), int64_t(1));
  Value isTop = prim::CompareOp::create(b, prim::Predicate::ge, y, top);
  Value isSome = f.compare(prim::Predicate::gt, f.apply<prim::AbsOp>(y), 1e-9);
  return toFloat(b, prim::AndOp::create(b, isTop, isSome));
}

// (1 + beta^2) p r / (beta^2 p + r), p = tp / (tp + fp), r = tp / (tp + fn)
static Value buildFScore(ImplicitLocOpBuilder &b, MetricSums &sums, Value t,
                         Value y, Value weights, StringRef average, double beta,
                         std::optional<double> threshold) {
  Formula f(b);
  t = toFloat(b, t), y = toFloat(b, y);
  Value said = buildIsSaid(b, y, threshold);
  Value each = spreadOverClasses(b, weights, typeOf(y));
  auto sum = [&](StringRef name, Value x) {
    Value counted = each ? f.mul(x, each) : x;
    return sums.add(name, average == "micro" ? prim::buildSumAll(b, counted)
                                             : prim::ReduceSumOp::create(
                                                   b, counted, int64_t(0)));
  };
  auto flip = [&](Value x) { return f.sub(f.splat(x, 1), x); };
  Value right = sum("true_positives", f.mul(said, t));
  Value wrong = sum("false_positives", f.mul(said, flip(t)));
  Value missed = sum("false_negatives", f.mul(flip(said), t));
  Value precision = f.div(right, f.add(f.add(right, wrong), epsilon));
  Value recall = f.div(right, f.add(f.add(right, missed), epsilon));
  Value down = f.add(f.add(f.mul(precision, beta * beta), recall), epsilon);
  Value score = f.mul(f.div(f.mul(precision, recall), down), 1 + beta * beta);
  if (average == "micro")
    return score;
  if (average == "macro")
    return f.div(prim::buildSumAll(b, score),
                 double(typeOf(score).getNumElements()));
  Value present = sum("intermediate_weights", t);
  return f.div(prim::buildSumAll(b, f.mul(score, present)),
               f.add(prim::buildSumAll(b, present), epsilon));
}

LogicalResult FBetaScoreOp::verify() {
  return verifyFScore(*this, getAverage(), getBeta(), getThreshold());
}
LogicalResult F1ScoreOp::verify() {
  return verifyFScore(*this, getAverage(), 1, getThreshold());
}
bool FBetaScoreOp::takesTargets(RankedTensorType t, RankedTensorType y) {
  return haveOneShape(t, y) && y.getRank() == 2;
}
bool F1ScoreOp::takesTargets(RankedTensorType t, RankedTensorType y) {
  return haveOneShape(t, y) && y.getRank() == 2;
}
Value FBetaScoreOp::buildFromSums(ImplicitLocOpBuilder &b, MetricSums &sums,
                                  Value t, Value y, Value weights) {
  return buildFScore(b, sums, t, y, weights, getAverage(), getBeta(),
                     getThreshold());
}
Value F1ScoreOp::buildFromSums(ImplicitLocOpBuilder &b, MetricSums &sums,
                               Value t, Value y, Value weights) {
  return buildFScore(b, sums, t, y, weights, getAverage(), 1, getThreshold());
}

//===-- Errors of numbers -------------------------------------------------===//

LogicalResult RootMeanSquaredErrorOp::verify() { return success(); }
bool RootMeanSquaredErrorOp::takesTargets(RankedTensorType t,
                                          RankedTensorType y) {
  return haveOneShape(t, y);
}

// sqrt(sum w (y - t)^2 / sum w)
Value RootMeanSquaredErrorOp::buildFromSums(ImplicitLocOpBuilder &b,
                                            MetricSums &sums, Value t, Value y,
                                            Value weights) {
  Formula f(b);
  Value squares = f.square(f.sub(toFloat(b, y), toFloat(b, t)));
  Value each = spreadOverClasses(b, weights, typeOf(squares));
  Value total = each ? prim::buildSumAll(b, f.mul(squares, each))
                     : prim::buildSumAll(b, squares);
  Value count =
      each ? prim::buildSumAll(b, each) : prim::buildCount(b, typeOf(squares));
  return f.apply<prim::SqrtOp>(
      divideNoNan(b, sums.add("squares", total), sums.add("weights", count)));
}

LogicalResult R2ScoreOp::verify() {
  auto refuse = [&](StringRef key) {
    return emitError() << getOperation()->getName() << " \"" << getName()
                       << "\": " << key << " is "
                       << getOperation()->getAttr(key) << " but ";
  };
  if (!llvm::is_contained({"uniform_average", "variance_weighted_average"},
                          getClassAggregation()))
    return refuse("class_aggregation")
           << "a metric of dlc is one number; choose uniform_average or "
              "variance_weighted_average";
  if (getNumRegressors() < 0)
    return refuse("num_regressors") << "it counts; choose 0 or more";
  return success();
}

bool R2ScoreOp::takesTargets(RankedTensorType t, RankedTensorType y) {
  return haveOneShape(t, y) && y.getRank() == 2;
}

// 1 - sum w (t - y)^2 / (sum w t^2 - (sum w t)^2 / sum w), for each column;
// then 1 - (1 - r2) (n - 1) / (n - p - 1) with p regressors
Value R2ScoreOp::buildFromSums(ImplicitLocOpBuilder &b, MetricSums &sums,
                               Value t, Value y, Value weights) {
  Formula f(b);
  t = toFloat(b, t), y = toFloat(b, y);
  Value each = spreadOverClasses(b, weights, typeOf(t));
  if (!each)
    each = f.splat(t, 1);
  auto sum = [&](StringRef name, Value x) {
    return sums.add(name,
                    prim::ReduceSumOp::create(b, f.mul(x, each), int64_t(0)));
  };
  Value residual = sum("residual", f.square(f.sub(t, y)));
  Value squares = sum("squared_sum", f.square(t));
  Value linear = sum("sum", t);
  Value weight = sum("weights", f.splat(t, 1));
  Value variance = f.sub(squares, f.mul(linear, f.div(linear, weight)));
  Value scores = f.sub(f.splat(residual, 1), f.div(residual, variance));
  // Keras takes 0 in the place of infinity.
  scores =
      f.where(f.apply<prim::AbsOp>(scores), prim::Predicate::gt,
              std::numeric_limits<float>::max(), f.splat(scores, 0), scores);
  Value r2;
  if (getClassAggregation() == "uniform_average")
    r2 = f.div(prim::buildSumAll(b, scores),
               double(typeOf(scores).getNumElements()));
  else
    r2 = f.div(prim::buildSumAll(b, f.mul(variance, scores)),
               prim::buildSumAll(b, variance));
  if (getNumRegressors() == 0)
    return r2;
  Value n = sums.add("num_samples", prim::buildCount(b, typeOf(t)));
  double p = double(getNumRegressors());
  Value down = f.add(n, -p - 1);
  Value adjusted =
      f.sub(f.splat(r2, 1),
            f.div(f.mul(f.sub(f.splat(r2, 1), r2), f.add(n, -1)), down));
  return f.where(down, prim::Predicate::gt, 0, adjusted, r2);
}

//===-- Correlations ------------------------------------------------------===//

/// x less its mean over the last dimension.
static Value centre(ImplicitLocOpBuilder &b, Value x) {
  Value mean = buildMeanOverLast(b, x);
  return Formula(b).sub(x, prim::BroadcastOp::create(b, x.getType(), mean,
                                                     typeOf(x).getRank() - 1));
}

// mean(t' y') / (std(t) std(y)), t' and y' less their means
Value PearsonCorrelationOp::buildValues(ImplicitLocOpBuilder &b, Value t,
                                        Value y) {
  Formula f(b);
  t = centre(b, toFloat(b, t)), y = centre(b, toFloat(b, y));
  Value both = f.mul(buildMeanOverLast(b, f.square(t)),
                     buildMeanOverLast(b, f.square(y)));
  return f.div(buildMeanOverLast(b, f.mul(t, y)), f.apply<prim::SqrtOp>(both));
}

// 2 mean(t' y') / (var(t) + var(y) + (mean(t) - mean(y))^2)
Value ConcordanceCorrelationOp::buildValues(ImplicitLocOpBuilder &b, Value t,
                                            Value y) {
  Formula f(b);
  t = toFloat(b, t), y = toFloat(b, y);
  Value apart =
      f.square(f.sub(buildMeanOverLast(b, t), buildMeanOverLast(b, y)));
  t = centre(b, t), y = centre(b, y);
  Value norm = f.add(f.add(buildMeanOverLast(b, f.square(t)),
                           buildMeanOverLast(b, f.square(y))),
                     apart);
  return f.div(f.mul(buildMeanOverLast(b, f.mul(t, y)), 2),
               f.add(norm, epsilon));
}
