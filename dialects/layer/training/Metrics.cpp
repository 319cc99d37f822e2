// Accuracy in its kinds, as keras/src/metrics/accuracy_metrics.py has them.
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/layers/reshaping/Resize.h"
#include "dialects/layer/training/Losses.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

/// 1 where two tensors are equal, 0 elsewhere.
static Value buildMatches(ImplicitLocOpBuilder &b, Value x, Value y) {
  Value equal = prim::CompareOp::create(b, prim::Predicate::eq, x, y);
  return convertTo(b, equal, b.getF32Type());
}

/// Labels as they are, or those of one-hot targets.           -> i32 [n, ...]
static Value buildLabels(ImplicitLocOpBuilder &b, Value targets) {
  return typeOf(targets).getElementType().isInteger(32)
             ? targets
             : buildArgmax(b, targets);
}

// argmax(predictions) == label
static Value buildClassMatches(ImplicitLocOpBuilder &b, Value targets,
                               Value predictions) {
  return buildMatches(b, buildLabels(b, targets), buildArgmax(b, predictions));
}

/// Targets in the predictions' shape: labels of one class as they are, of
/// several as one-hot rows.
static Value buildFlags(ImplicitLocOpBuilder &b, Value targets,
                        RankedTensorType predictions) {
  if (typeOf(targets).getShape() == predictions.getShape())
    return convertTo(b, targets, b.getF32Type());
  int64_t classes = predictions.getShape().back();
  if (classes > 1)
    return buildOneHot(b, targets, classes);
  RankedTensorType type = predictions.clone(b.getF32Type());
  return reshapeTo(b, convertTo(b, targets, b.getF32Type()), type);
}

// (predictions > threshold) == target
static Value buildBinaryMatches(ImplicitLocOpBuilder &b, Value targets,
                                Value predictions, double threshold) {
  Formula f(b);
  Value y = convertTo(b, predictions, b.getF32Type());
  Value positive = convertTo(b, f.compare(prim::Predicate::gt, y, threshold),
                             b.getF32Type());
  return buildMatches(b, buildFlags(b, targets, typeOf(y)), positive);
}

// One class is binary, whatever the targets; several are compared by argmax.
Value AccuracyOp::buildValues(ImplicitLocOpBuilder &b, Value targets,
                              Value predictions) {
  RankedTensorType type = typeOf(predictions);
  if (type.getRank() < 2 || type.getShape().back() == 1)
    return buildBinaryMatches(b, targets, predictions, 0.5);
  return buildClassMatches(b, targets, predictions);
}

Value BinaryAccuracyOp::buildValues(ImplicitLocOpBuilder &b, Value targets,
                                    Value predictions) {
  return buildBinaryMatches(b, targets, predictions, getThreshold());
}

Value CategoricalAccuracyOp::buildValues(ImplicitLocOpBuilder &b, Value targets,
                                         Value predictions) {
  return buildClassMatches(b, targets, predictions);
}

Value SparseCategoricalAccuracyOp::buildValues(ImplicitLocOpBuilder &b,
                                               Value targets,
                                               Value predictions) {
  return buildClassMatches(b, targets, predictions);
}
