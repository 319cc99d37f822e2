// What losses and metrics share: labels, probabilities, means, and the formulas
// that are both.
#pragma once

#include "dialects/layer/Layer.h"

namespace dlc::layer {

/// keras.config.epsilon()
inline constexpr double epsilon = 1e-7;

/// 1 at the label's position, 0 elsewhere.      i32 [n, ...] -> f32 [n, ..., c]
mlir::Value buildOneHot(mlir::ImplicitLocOpBuilder &b, mlir::Value labels,
                        int64_t classes);

/// The position of the largest element, the first of equals.
///                                               [n, ..., c] -> i32 [n, ...]
mlir::Value buildArgmax(mlir::ImplicitLocOpBuilder &b, mlir::Value x);

/// Over the last dimension; x itself if it has only the batch.
mlir::Value buildSumOverLast(mlir::ImplicitLocOpBuilder &b, mlir::Value x);
mlir::Value buildMeanOverLast(mlir::ImplicitLocOpBuilder &b, mlir::Value x);

// Each gives one number for each sample and position before the last dimension.
// Predictions y are f32 [n, ..., c]; targets t are f32 of that shape.

/// `labels` are i32 [n, ...].
mlir::Value buildSparseCrossentropy(mlir::ImplicitLocOpBuilder &b,
                                    mlir::Value labels, mlir::Value y,
                                    bool fromLogits);
mlir::Value buildCategoricalCrossentropy(mlir::ImplicitLocOpBuilder &b,
                                         mlir::Value t, mlir::Value y,
                                         bool fromLogits, double smoothing);
mlir::Value buildBinaryCrossentropy(mlir::ImplicitLocOpBuilder &b,
                                    mlir::Value t, mlir::Value y,
                                    bool fromLogits, double smoothing);

/// A formula of targets and predictions without settings.
using ErrorFormula = mlir::Value(mlir::ImplicitLocOpBuilder &b, mlir::Value t,
                                 mlir::Value y);
ErrorFormula buildMeanSquaredError;
ErrorFormula buildMeanAbsoluteError;
ErrorFormula buildMeanAbsolutePercentageError;
ErrorFormula buildMeanSquaredLogarithmicError;
ErrorFormula buildLogCosh;
ErrorFormula buildKLDivergence;
ErrorFormula buildPoisson;
/// The cosine of the angle between both: 1 where they point one way.
ErrorFormula buildCosineSimilarity;
ErrorFormula buildHinge;
ErrorFormula buildSquaredHinge;
ErrorFormula buildCategoricalHinge;

} // namespace dlc::layer
