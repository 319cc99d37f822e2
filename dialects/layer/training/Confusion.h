// How predictions and targets of yes or no go together, by thresholds.
#pragma once

#include "dialects/layer/Layer.h"

namespace dlc::layer {

/// Numbers that a prediction is above of or not: one by one, or `even` ones
/// from 0 to 1, which Keras computes by another formula.
struct Thresholds {
  llvm::SmallVector<double> values;
  bool even = false;
  /// Whether the outer ones lie a little outside of [0, 1], so that every
  /// prediction is above the first.
  bool beyond = false;
};

/// `count` of them from 0 to 1; 0.5 for one.
Thresholds makeEvenThresholds(int64_t count, bool beyond);

/// Sums over samples, and over classes unless `byClass`: f32 [T] or [c, T]; []
/// for the only threshold of none that are even.
struct Confusion {
  mlir::Value truePositives, falsePositives, trueNegatives, falseNegatives;
};

/// Of a batch. Targets and predictions are f32 [n, ..., c]; weights are null or
/// in that shape.
Confusion countConfusion(mlir::ImplicitLocOpBuilder &b, mlir::Value targets,
                         mlir::Value predictions, mlir::Value weights,
                         const Thresholds &thresholds, bool byClass = false);

/// The same over all batches.
Confusion sumConfusion(MetricSums &sums, const Confusion &batch);

/// x / y, and 0 where y is 0.
mlir::Value divideNoNan(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                        mlir::Value y);

/// w[n, ...] for each class; null stays null.                 -> [n, ..., c]
mlir::Value spreadOverClasses(mlir::ImplicitLocOpBuilder &b,
                              mlir::Value weights, mlir::RankedTensorType like);

/// Class `id` alone, where there is one.      [n, ..., c] -> [n, ..., 1]
mlir::Value pickClass(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                      std::optional<int64_t> id);

/// Elements [first, first + count) of the last dimension.
mlir::Value sliceLast(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                      int64_t first, int64_t count);

/// Whether a metric of numbers in the predictions' shape takes these.
inline bool haveOneShape(mlir::RankedTensorType targets,
                         mlir::RankedTensorType predictions) {
  return targets.getShape() == predictions.getShape();
}

} // namespace dlc::layer
