// Short words for what gradients and scalar bodies build again and again.
#pragma once

#include "dialects/prim/Prim.h"
#include "mlir/IR/TypeUtilities.h"

namespace dlc::prim {

/// Whether gradients flow through this tensor: its elements are floats.
inline bool isFloat(mlir::Value tensor) {
  return llvm::isa<mlir::FloatType>(
      mlir::getElementTypeOrSelf(tensor.getType()));
}

/// A tensor of x's type with one number in every element.
inline mlir::Value fill(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                        double value) {
  return ConstantOp::create(b, x.getType(), value);
}

/// A tensor of x's type: factor * x.
inline mlir::Value scale(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                         double factor) {
  return MulOp::create(b, x, fill(b, x, factor));
}

/// An f32 number of a scalar body.
inline mlir::Value scalar(mlir::ImplicitLocOpBuilder &b, float value) {
  return mlir::arith::ConstantOp::create(b, b.getF32FloatAttr(value));
}

/// The number in every element of a constant, or of one broadcast.
std::optional<double> getSplat(mlir::Value x);

} // namespace dlc::prim
