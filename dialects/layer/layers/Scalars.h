// x + 1, x * 0.5, x > 0 ...: prims of a tensor and a number, to keep formulas
// short.
#pragma once

#include "dialects/prim/Build.h"

namespace dlc::layer {

/// Formulas over f32 tensors of one shape, at one place in the code.
class Formula {
public:
  explicit Formula(mlir::ImplicitLocOpBuilder &b) : b(b) {}

  mlir::Value splat(mlir::Value like, double value) {
    return prim::buildSplat(b, like.getType(), value);
  }
  mlir::Value add(mlir::Value x, mlir::Value y) {
    return prim::AddOp::create(b, x, y);
  }
  mlir::Value add(mlir::Value x, double value) {
    return add(x, splat(x, value));
  }
  mlir::Value sub(mlir::Value x, mlir::Value y) {
    return prim::SubOp::create(b, x, y);
  }
  mlir::Value mul(mlir::Value x, mlir::Value y) {
    return prim::MulOp::create(b, x, y);
  }
  mlir::Value mul(mlir::Value x, double value) {
    return mul(x, splat(x, value));
  }
  mlir::Value div(mlir::Value x, mlir::Value y) {
    return prim::DivOp::create(b, x, y);
  }
  mlir::Value div(mlir::Value x, double value) {
    return div(x, splat(x, value));
  }
  mlir::Value square(mlir::Value x) { return mul(x, x); }
  mlir::Value max(mlir::Value x, double value) {
    return prim::MaxOp::create(b, x, splat(x, value));
  }
  mlir::Value min(mlir::Value x, double value) {
    return prim::MinOp::create(b, x, splat(x, value));
  }
  /// jnp.clip: at the limits the gradient is halved, beyond it is zero.
  mlir::Value clip(mlir::Value x, double low, double high) {
    return min(max(x, low), high);
  }
  mlir::Value compare(prim::Predicate predicate, mlir::Value x, double value) {
    return prim::CompareOp::create(b, predicate, x, splat(x, value));
  }
  mlir::Value select(mlir::Value condition, mlir::Value onTrue,
                     mlir::Value onFalse) {
    return prim::SelectOp::create(b, condition, onTrue, onFalse);
  }
  /// onTrue where x stands in this relation to the limit, else onFalse.
  mlir::Value where(mlir::Value x, prim::Predicate predicate, double limit,
                    mlir::Value onTrue, mlir::Value onFalse) {
    return select(compare(predicate, x, limit), onTrue, onFalse);
  }
  template <typename Prim> mlir::Value apply(mlir::Value x) {
    return Prim::create(b, x);
  }

private:
  mlir::ImplicitLocOpBuilder &b;
};

} // namespace dlc::layer
