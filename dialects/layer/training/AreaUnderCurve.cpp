// AUC, as keras/src/metrics/confusion_metrics.py has it.
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Numbers.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/training/Confusion.h"
#include "dialects/layer/training/Losses.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

LogicalResult AUCOp::verify() {
  auto refuse = [&](StringRef key, const Twine &value, StringRef limit) {
    return emitError() << getOperation()->getName() << " \"" << getName()
                       << "\": " << key << " is " << value << " but " << limit;
  };
  if (getNumThresholds() < 2 || getNumThresholds() > 1 << 16)
    return refuse("num_thresholds", Twine(getNumThresholds()),
                  "it is 2 to 65536; choose another, such as 200");
  if (!llvm::is_contained({"ROC", "PR"}, getCurve()))
    return refuse("curve", "\"" + getCurve() + "\"",
                  "dlc draws ROC and PR; choose one of these");
  if (!llvm::is_contained({"interpolation", "minoring", "majoring"},
                          getSummationMethod()))
    return refuse("summation_method", "\"" + getSummationMethod() + "\"",
                  "it is interpolation, minoring or majoring; choose one");
  for (auto [key, attribute] :
       {std::pair("thresholds", getThresholdsAttr()),
        std::pair("label_weights", getLabelWeightsAttr())})
    if (!isNull(attribute))
      if (FailureOr<Numbers> numbers = readNumbers(attribute);
          failed(numbers) || numbers->shape.size() != 1)
        return refuse(key, "no list of numbers", "it is one; correct it");
  return success();
}

bool AUCOp::takesTargets(RankedTensorType t, RankedTensorType y) {
  if (!haveOneShape(t, y) || (getMultiLabel() && y.getRank() != 2))
    return false;
  return isNull(getLabelWeightsAttr()) ||
         int64_t(readNumbers(getLabelWeightsAttr())->values.size()) ==
             y.getShape().back();
}

static Thresholds makeThresholds(AUCOp auc) {
  if (isNull(auc.getThresholdsAttr()))
    return makeEvenThresholds(auc.getNumThresholds(), /*beyond=*/true);
  Thresholds thresholds;
  thresholds.values = readNumbers(auc.getThresholdsAttr())->values;
  llvm::sort(thresholds.values);
  thresholds.values.insert(thresholds.values.begin(), -epsilon);
  thresholds.values.push_back(1 + epsilon);
  // is_evenly_distributed_thresholds, with the limits in place of the ends
  auto count = int64_t(thresholds.values.size());
  thresholds.even = thresholds.beyond = count >= 3;
  for (int64_t i = 1; i + 1 < count; ++i) {
    double even = double(i) / double(count - 1);
    if (std::abs(thresholds.values[i] - even) > epsilon + 1e-5 * even)
      thresholds.even = false;
  }
  return thresholds;
}

namespace {

/// Curves over T thresholds, the last dimension.
struct Curve {
  ImplicitLocOpBuilder &b;
  const Confusion &all;
  Formula f = Formula(b);

  int64_t count() const { return typeOf(all.truePositives).getShape().back(); }
  /// All but the last threshold, all but the first.
  Value sooner(Value x) { return sliceLast(b, x, 0, count() - 1); }
  Value later(Value x) { return sliceLast(b, x, 1, count() - 1); }

  Value recall() {
    return divideNoNan(b, all.truePositives,
                       f.add(all.truePositives, all.falseNegatives));
  }
  Value falsePositiveRate() {
    return divideNoNan(b, all.falsePositives,
                       f.add(all.falsePositives, all.trueNegatives));
  }
  Value precision() {
    return divideNoNan(b, all.truePositives,
                       f.add(all.truePositives, all.falsePositives));
  }

  // (x[i] - x[i + 1]) height(y[i], y[i + 1])
  Value buildAreas(Value x, Value y, StringRef method) {
    Value a = sooner(y), c = later(y), height;
    if (method == "interpolation")
      height = f.div(f.add(a, c), 2);
    else if (method == "minoring")
      height = prim::MinOp::create(b, a, c);
    else
      height = prim::MaxOp::create(b, a, c);
    return f.mul(f.sub(sooner(x), later(x)), height);
  }

  // Davis & Goadrich 2006, section 4, in Keras' closed form:
  //   slope (dtp + intercept ln(p[i] / p[i+1])) / (tp[i+1] + fn[i+1])
  // with p = tp + fp, slope = dtp / dp, intercept = tp[i+1] - slope p[i+1]
  Value interpolatePrecision() {
    Value tp = all.truePositives, p = f.add(tp, all.falsePositives);
    Value dtp = f.sub(sooner(tp), later(tp));
    Value dp = f.sub(sooner(p), later(p));
    Value slope = divideNoNan(b, dtp, f.max(dp, 0));
    Value intercept = f.sub(later(tp), f.mul(slope, later(p)));
    Value both =
        prim::AndOp::create(b, f.compare(prim::Predicate::gt, sooner(p), 0),
                            f.compare(prim::Predicate::gt, later(p), 0));
    Value ratio = f.select(both, divideNoNan(b, sooner(p), f.max(later(p), 0)),
                           f.splat(dp, 1));
    Value area =
        f.mul(slope, f.add(dtp, f.mul(intercept, f.apply<prim::LogOp>(ratio))));
    return divideNoNan(b, area,
                       f.max(f.add(later(tp), later(all.falseNegatives)), 0));
  }
};

} // namespace

Value AUCOp::buildFromSums(ImplicitLocOpBuilder &b, MetricSums &sums, Value t,
                           Value y, Value weights) {
  Formula f(b);
  t = convertTo(b, t, b.getF32Type());
  y = convertTo(b, y, b.getF32Type());
  if (getFromLogits())
    y = f.apply<prim::LogisticOp>(y);
  Value classWeights;
  if (!isNull(getLabelWeightsAttr()))
    classWeights = buildNumbers(b, *readNumbers(getLabelWeightsAttr()));
  Value counted = spreadOverClasses(b, weights, typeOf(y));
  if (classWeights && !getMultiLabel()) {
    Value each =
        broadcastAlong(b, classWeights, typeOf(y), typeOf(y).getRank() - 1);
    counted = counted ? f.mul(counted, each) : each;
  }
  Confusion all =
      sumConfusion(sums, countConfusion(b, t, y, counted, makeThresholds(*this),
                                        getMultiLabel()));
  Curve curve{b, all};
  Value areas;
  if (getCurve() == "ROC")
    areas = curve.buildAreas(curve.falsePositiveRate(), curve.recall(),
                             getSummationMethod());
  else if (getSummationMethod() == "interpolation")
    areas = curve.interpolatePrecision();
  else
    areas = curve.buildAreas(curve.recall(), curve.precision(),
                             getSummationMethod());
  Value byClass = buildSumOverLast(b, areas);
  if (!getMultiLabel())
    return prim::buildSumAll(b, areas);
  if (!classWeights)
    return f.div(prim::buildSumAll(b, byClass),
                 double(typeOf(byClass).getNumElements()));
  return divideNoNan(b, prim::buildSumAll(b, f.mul(byClass, classWeights)),
                     prim::buildSumAll(b, classWeights));
}
