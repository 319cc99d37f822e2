// Regularisers of weights: l1, l2 and l1_l2 of keras.regularizers.
#pragma once

#include "dialects/layer/Layer.h"

namespace dlc::layer {

/// The regulariser's value for x as an f32 scalar, null if it is null, or an
/// error at this location that begins with `thing`.
llvm::FailureOr<mlir::Value> buildRegularizer(mlir::ImplicitLocOpBuilder &b,
                                              llvm::StringRef thing,
                                              mlir::Attribute regularizer,
                                              mlir::Value x);

} // namespace dlc::layer
