// Constraints of weights: MaxNorm, MinMaxNorm, NonNeg and UnitNorm of
// keras.constraints.
#pragma once

#include "dialects/layer/Layer.h"

namespace dlc::layer {

/// The key of a layer's config that constrains this weight of it:
/// "kernel_constraint", or "depthwise_constraint" for the kernels of depthwise
/// convolutions.
std::string getConstraintKey(mlir::Operation *layer, llvm::StringRef weight);

/// The f32 weight w after its constraint
/// (keras/src/constraints/constraints.py), w itself if the constraint is null,
/// or an error at this location that begins with `thing`.
llvm::FailureOr<mlir::Value> buildConstraint(mlir::ImplicitLocOpBuilder &b,
                                             llvm::StringRef thing,
                                             mlir::Attribute constraint,
                                             mlir::Value w);

} // namespace dlc::layer
