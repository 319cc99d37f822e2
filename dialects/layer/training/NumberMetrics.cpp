// Means of errors and crossentropies, and whether the label is among the first
// k.
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/training/Losses.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static Value toFloat(ImplicitLocOpBuilder &b, Value x) {
  return convertTo(b, x, b.getF32Type());
}

static Value apply(ErrorFormula formula, ImplicitLocOpBuilder &b, Value targets,
                   Value predictions) {
  return formula(b, toFloat(b, targets), toFloat(b, predictions));
}

Value MeanSquaredErrorMetricOp::buildValues(ImplicitLocOpBuilder &b, Value t,
                                            Value y) {
  return apply(buildMeanSquaredError, b, t, y);
}
Value MeanAbsoluteErrorMetricOp::buildValues(ImplicitLocOpBuilder &b, Value t,
                                             Value y) {
  return apply(buildMeanAbsoluteError, b, t, y);
}
Value MeanAbsolutePercentageErrorMetricOp::buildValues(ImplicitLocOpBuilder &b,
                                                       Value t, Value y) {
  return apply(buildMeanAbsolutePercentageError, b, t, y);
}
Value MeanSquaredLogarithmicErrorMetricOp::buildValues(ImplicitLocOpBuilder &b,
                                                       Value t, Value y) {
  return apply(buildMeanSquaredLogarithmicError, b, t, y);
}
Value LogCoshErrorMetricOp::buildValues(ImplicitLocOpBuilder &b, Value t,
                                        Value y) {
  return apply(buildLogCosh, b, t, y);
}
Value KLDivergenceMetricOp::buildValues(ImplicitLocOpBuilder &b, Value t,
                                        Value y) {
  return apply(buildKLDivergence, b, t, y);
}
Value PoissonMetricOp::buildValues(ImplicitLocOpBuilder &b, Value t, Value y) {
  return apply(buildPoisson, b, t, y);
}
Value CosineSimilarityMetricOp::buildValues(ImplicitLocOpBuilder &b, Value t,
                                            Value y) {
  return apply(buildCosineSimilarity, b, t, y);
}
Value HingeMetricOp::buildValues(ImplicitLocOpBuilder &b, Value t, Value y) {
  return apply(buildHinge, b, t, y);
}
Value SquaredHingeMetricOp::buildValues(ImplicitLocOpBuilder &b, Value t,
                                        Value y) {
  return apply(buildSquaredHinge, b, t, y);
}
Value CategoricalHingeMetricOp::buildValues(ImplicitLocOpBuilder &b, Value t,
                                            Value y) {
  return apply(buildCategoricalHinge, b, t, y);
}

//===-- Crossentropies ----------------------------------------------------===//

LogicalResult BinaryCrossentropyMetricOp::verify() { return verifyLoss(*this); }

Value BinaryCrossentropyMetricOp::buildValues(ImplicitLocOpBuilder &b,
                                              Value targets,
                                              Value predictions) {
  return buildBinaryCrossentropy(b, toFloat(b, targets),
                                 toFloat(b, predictions), getFromLogits(),
                                 getLabelSmoothing());
}

LogicalResult CategoricalCrossentropyMetricOp::verify() {
  return verifyLoss(*this);
}

Value CategoricalCrossentropyMetricOp::buildValues(ImplicitLocOpBuilder &b,
                                                   Value targets,
                                                   Value predictions) {
  return buildCategoricalCrossentropy(b, toFloat(b, targets),
                                      toFloat(b, predictions), getFromLogits(),
                                      getLabelSmoothing());
}

LogicalResult SparseCategoricalCrossentropyMetricOp::verify() {
  if (auto ignored = getIgnoreClass())
    return emitError() << getOperation()->getName() << ": ignore_class is "
                       << formatNumber(*ignored)
                       << " but dlc's metric counts every label; leave it out "
                          "here, and give it to the loss";
  return verifyLoss(*this);
}

bool SparseCategoricalCrossentropyMetricOp::takesTargets(RankedTensorType t,
                                                         RankedTensorType y) {
  return t.getElementType().isInteger(32) &&
         t.getShape() == y.getShape().drop_back();
}

Value SparseCategoricalCrossentropyMetricOp::buildValues(
    ImplicitLocOpBuilder &b, Value targets, Value predictions) {
  return buildSparseCrossentropy(b, targets, toFloat(b, predictions),
                                 getFromLogits());
}

//===-- The first k -------------------------------------------------------===//

// 1 if fewer than k of y are larger than the label's.
//                                          i32 [n, ...], [n, ..., c] -> [n,
//                                          ...]
static Value buildIsInTop(ImplicitLocOpBuilder &b, Value labels, Value y,
                          int64_t k) {
  Formula f(b);
  auto type = cast<RankedTensorType>(y.getType());
  int64_t last = type.getRank() - 1;
  Value hit = buildOneHot(b, labels, type.getShape().back());
  Value isLabel = f.compare(prim::Predicate::ne, hit, 0);
  Value own = buildSumOverLast(b, f.select(isLabel, y, f.splat(y, 0)));
  Value spread = prim::BroadcastOp::create(b, type, own, last);
  Value larger =
      convertTo(b, prim::CompareOp::create(b, prim::Predicate::gt, y, spread),
                b.getF32Type());
  Value isIn =
      f.compare(prim::Predicate::lt, buildSumOverLast(b, larger), double(k));
  return convertTo(b, isIn, b.getF32Type());
}

Value TopKCategoricalAccuracyOp::buildValues(ImplicitLocOpBuilder &b,
                                             Value targets, Value predictions) {
  return buildIsInTop(b, buildArgmax(b, targets), toFloat(b, predictions),
                      getK());
}

bool SparseTopKCategoricalAccuracyOp::takesTargets(RankedTensorType t,
                                                   RankedTensorType y) {
  return t.getElementType().isInteger(32) &&
         t.getShape() == y.getShape().drop_back();
}

Value SparseTopKCategoricalAccuracyOp::buildValues(ImplicitLocOpBuilder &b,
                                                   Value targets,
                                                   Value predictions) {
  return buildIsInTop(b, targets, toFloat(b, predictions), getK());
}
