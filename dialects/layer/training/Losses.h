// What losses and metrics share: labels, probabilities, means.
#pragma once

#include "dialects/layer/Layer.h"

namespace dlc::layer {

/// 1 at the label's position, 0 elsewhere.      i32 [n, ...] -> f32 [n, ..., c]
mlir::Value buildOneHot(mlir::ImplicitLocOpBuilder &b, mlir::Value labels,
                        int64_t classes);

/// The position of the largest element, the first of equals.
///                                               [n, ..., c] -> i32 [n, ...]
mlir::Value buildArgmax(mlir::ImplicitLocOpBuilder &b, mlir::Value x);

/// Over the last dimension; x itself if it has only the batch.
mlir::Value buildSumOverLast(mlir::ImplicitLocOpBuilder &b, mlir::Value x);
mlir::Value buildMeanOverLast(mlir::ImplicitLocOpBuilder &b, mlir::Value x);

} // namespace dlc::layer
