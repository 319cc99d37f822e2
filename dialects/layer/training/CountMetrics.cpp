// Precision, recall and their like, as keras/src/metrics/confusion_metrics.py
// has them.
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Numbers.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/layers/reshaping/Resize.h"
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

/// [1] as the scalar that it is.
static Value toScalar(ImplicitLocOpBuilder &b, Value x) {
  return reshapeTo(b, x, RankedTensorType::get({}, b.getF32Type()));
}

//===-- One threshold -----------------------------------------------------===//

static std::optional<double> findThreshold(Attribute attribute,
                                           double otherwise) {
  if (isNull(attribute))
    return otherwise;
  FailureOr<Numbers> numbers = readNumbers(attribute);
  if (failed(numbers) || numbers->values.size() != 1)
    return std::nullopt;
  return numbers->values.front();
}

template <typename Metric> static LogicalResult verifyThreshold(Metric metric) {
  if (!findThreshold(metric.getThresholdsAttr(), 0))
    return metric.emitError()
           << metric->getName() << " \"" << metric.getName()
           << "\": thresholds are " << metric.getThresholdsAttr()
           << " but a metric of dlc is one number; give one threshold, and a "
              "metric for each";
  return success();
}

static Confusion countByThreshold(ImplicitLocOpBuilder &b, Value t, Value y,
                                  Value weights, double threshold) {
  return countConfusion(b, toFloat(b, t), toFloat(b, y),
                        spreadOverClasses(b, weights, typeOf(y)),
                        {{threshold}});
}

#define DLC_COUNT_METRIC(Op, part)                                             \
  LogicalResult Op::verify() { return verifyThreshold(*this); }                \
  bool Op::takesTargets(RankedTensorType t, RankedTensorType y) {              \
    return haveOneShape(t, y);                                                 \
  }                                                                            \
  Value Op::buildFromSums(ImplicitLocOpBuilder &b, MetricSums &sums, Value t,  \
                          Value y, Value weights) {                            \
    Confusion batch = countByThreshold(                                        \
        b, t, y, weights, *findThreshold(getThresholdsAttr(), 0.5));           \
    return toScalar(b, sums.add("accumulator", batch.part));                   \
  }

DLC_COUNT_METRIC(TruePositivesOp, truePositives)
DLC_COUNT_METRIC(FalsePositivesOp, falsePositives)
DLC_COUNT_METRIC(TrueNegativesOp, trueNegatives)
DLC_COUNT_METRIC(FalseNegativesOp, falseNegatives)

#undef DLC_COUNT_METRIC

//===-- Precision and recall ----------------------------------------------===//

constexpr double lowest = -1e10; // NEG_INF of metrics_utils.py

/// 1 for the k largest of the last dimension, of equals the first ones.
static Value buildIsAmongTop(ImplicitLocOpBuilder &b, Value y, int64_t k) {
  Formula f(b);
  RankedTensorType type = typeOf(y);
  int64_t rank = type.getRank(), classes = type.getShape().back();
  SmallVector<int64_t> shape(type.getShape());
  shape.push_back(classes);
  auto pairs = RankedTensorType::get(shape, b.getF32Type());
  // own[.., i, j] = y[.., i], other[.., i, j] = y[.., j]
  Value own = prim::BroadcastOp::create(b, pairs, y, rank);
  Value other = prim::BroadcastOp::create(b, pairs, y, rank - 1);
  RankedTensorType places = pairs.clone(b.getI32Type());
  Value i = prim::IotaOp::create(b, places, rank - 1);
  Value j = prim::IotaOp::create(b, places, rank);
  auto compare = [&](prim::Predicate predicate, Value x, Value z) -> Value {
    return prim::CompareOp::create(b, predicate, x, z);
  };
  Value sooner =
      prim::AndOp::create(b, compare(prim::Predicate::eq, other, own),
                          compare(prim::Predicate::lt, j, i));
  Value before =
      prim::OrOp::create(b, compare(prim::Predicate::gt, other, own), sooner);
  Value rankOf = prim::ReduceSumOp::create(b, toFloat(b, before), rank);
  return toFloat(b, f.compare(prim::Predicate::lt, rankOf, double(k)));
}

template <typename Metric> static LogicalResult verifyRate(Metric metric) {
  if (failed(verifyThreshold(metric)))
    return failure();
  if (auto k = metric.getTopK(); k && *k < 1)
    return metric.emitError()
           << metric->getName() << " \"" << metric.getName() << "\": top_k is "
           << *k << " but it counts classes; choose 1 or more";
  return success();
}

/// Whether the class is one of the predictions'.
static bool hasClass(std::optional<int64_t> id, RankedTensorType y) {
  return !id || (y.getRank() > 1 && *id >= 0 && *id < y.getShape().back());
}

template <typename Metric>
static Confusion countForRate(ImplicitLocOpBuilder &b, Metric metric, Value t,
                              Value y, Value weights) {
  Formula f(b);
  t = toFloat(b, t), y = toFloat(b, y);
  double otherwise = 0.5;
  if (auto k = metric.getTopK()) {
    Value top = buildIsAmongTop(b, y, *k);
    y = f.add(f.mul(y, top), f.mul(f.sub(f.splat(top, 1), top), lowest));
    otherwise = lowest;
  }
  t = pickClass(b, t, metric.getClassId());
  y = pickClass(b, y, metric.getClassId());
  return countByThreshold(
      b, t, y, weights, *findThreshold(metric.getThresholdsAttr(), otherwise));
}

LogicalResult PrecisionOp::verify() { return verifyRate(*this); }
LogicalResult RecallOp::verify() { return verifyRate(*this); }
bool PrecisionOp::takesTargets(RankedTensorType t, RankedTensorType y) {
  return haveOneShape(t, y) && hasClass(getClassId(), y);
}
bool RecallOp::takesTargets(RankedTensorType t, RankedTensorType y) {
  return haveOneShape(t, y) && hasClass(getClassId(), y);
}

// tp / (tp + fp)
Value PrecisionOp::buildFromSums(ImplicitLocOpBuilder &b, MetricSums &sums,
                                 Value t, Value y, Value weights) {
  Confusion batch = countForRate(b, *this, t, y, weights);
  Value right = sums.add("true_positives", batch.truePositives);
  Value wrong = sums.add("false_positives", batch.falsePositives);
  return toScalar(b, divideNoNan(b, right, Formula(b).add(right, wrong)));
}

// tp / (tp + fn)
Value RecallOp::buildFromSums(ImplicitLocOpBuilder &b, MetricSums &sums,
                              Value t, Value y, Value weights) {
  Confusion batch = countForRate(b, *this, t, y, weights);
  Value right = sums.add("true_positives", batch.truePositives);
  Value missed = sums.add("false_negatives", batch.falseNegatives);
  return toScalar(b, divideNoNan(b, right, Formula(b).add(right, missed)));
}

//===-- One rate at another -----------------------------------------------===//

template <typename Metric>
static LogicalResult verifyRateAtRate(Metric metric) {
  if (metric.getNumThresholds() < 1 || metric.getNumThresholds() > 1 << 16)
    return metric.emitError()
           << metric->getName() << " \"" << metric.getName()
           << "\": num_thresholds is " << metric.getNumThresholds()
           << " but it is 1 to 65536; choose another, such as 200";
  return success();
}

/// Sums by even thresholds, of one class or all.
template <typename Metric>
static Confusion sumByThresholds(ImplicitLocOpBuilder &b, MetricSums &sums,
                                 Metric metric, Value t, Value y,
                                 Value weights) {
  t = pickClass(b, toFloat(b, t), metric.getClassId());
  y = pickClass(b, toFloat(b, y), metric.getClassId());
  return sumConfusion(
      sums, countConfusion(b, t, y, spreadOverClasses(b, weights, typeOf(y)),
                           makeEvenThresholds(metric.getNumThresholds(),
                                              /*beyond=*/false)));
}

// max over thresholds with `constrained` >= value of `dependent`, else 0
static Value findMaximum(ImplicitLocOpBuilder &b, Value constrained,
                         Value dependent, double value) {
  Formula f(b);
  Value feasible = f.where(constrained, prim::Predicate::ge, value, dependent,
                           f.splat(dependent, 0));
  return f.max(prim::ReduceMaxOp::create(b, feasible, int64_t(0)), 0);
}

static Value buildSensitivity(ImplicitLocOpBuilder &b, const Confusion &c) {
  return divideNoNan(b, c.truePositives,
                     Formula(b).add(c.truePositives, c.falseNegatives));
}
static Value buildSpecificity(ImplicitLocOpBuilder &b, const Confusion &c) {
  return divideNoNan(b, c.trueNegatives,
                     Formula(b).add(c.trueNegatives, c.falsePositives));
}
static Value buildPrecision(ImplicitLocOpBuilder &b, const Confusion &c) {
  return divideNoNan(b, c.truePositives,
                     Formula(b).add(c.truePositives, c.falsePositives));
}

#define DLC_RATE_AT_RATE(Op, constrained, dependent, value)                    \
  LogicalResult Op::verify() { return verifyRateAtRate(*this); }               \
  bool Op::takesTargets(RankedTensorType t, RankedTensorType y) {              \
    return haveOneShape(t, y) && hasClass(getClassId(), y);                    \
  }                                                                            \
  Value Op::buildFromSums(ImplicitLocOpBuilder &b, MetricSums &sums, Value t,  \
                          Value y, Value weights) {                            \
    Confusion all = sumByThresholds(b, sums, *this, t, y, weights);            \
    return findMaximum(b, constrained(b, all), dependent(b, all), value());    \
  }

DLC_RATE_AT_RATE(SensitivityAtSpecificityOp, buildSpecificity, buildSensitivity,
                 getSpecificity)
DLC_RATE_AT_RATE(SpecificityAtSensitivityOp, buildSensitivity, buildSpecificity,
                 getSensitivity)
DLC_RATE_AT_RATE(PrecisionAtRecallOp, buildSensitivity, buildPrecision,
                 getRecall)
DLC_RATE_AT_RATE(RecallAtPrecisionOp, buildPrecision, buildSensitivity,
                 getPrecision)

#undef DLC_RATE_AT_RATE
