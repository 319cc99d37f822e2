// The scalar of a prim at one point, rounded to the element type of its result.
#pragma once

#include "dialects/prim/Prim.h"

namespace dlc::prim {

/// Whether this is one of the float types of two bytes, bf16 or f16.
inline bool isHalf(mlir::Type element) {
  return llvm::isa<mlir::BFloat16Type, mlir::Float16Type>(element);
}

/// The type in which scalars of this element type are computed: f32 for bf16
/// and f16, else the type itself.
mlir::Type getComputeType(mlir::Type element);

/// buildScalar for operands and results of any element type. Halves are widened
/// to f32, the body computes in f32, and its result is rounded once, to nearest
/// even: every prim rounds where it is computed, so that a value is the same
/// number in each kernel that computes it again. The scalar that a reduction
/// folds is not rounded; `roundElement` is for what the fold gives.
mlir::Value buildElement(LoopOpInterface op, mlir::ImplicitLocOpBuilder &b,
                         mlir::ValueRange x, LoopScope &scope);

/// x, an f32, in the element type of a result; x itself if it has that.
mlir::Value roundElement(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                         mlir::Type element);

} // namespace dlc::prim
