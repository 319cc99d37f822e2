// Elementwise prims of one f32 operand: the scalar body and the gradient of
// each.
#include "dialects/prim/Gradient.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <numbers>

using namespace mlir;
using namespace dlc::prim;

//===-- neg: y = -x -------------------------------------------------------===//

Value NegOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  return arith::NegFOp::create(b, x[0]);
}

// dx = -g
SmallVector<Value> NegOp::buildVjp(ImplicitLocOpBuilder &b, ValueRange grads) {
  return {NegOp::create(b, grads[0])};
}

//===-- abs: y = |x| ------------------------------------------------------===//

Value AbsOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  return math::AbsFOp::create(b, x[0]);
}

// dx = x >= 0 ? g : -g, hence g at 0, as in jax.numpy.abs
SmallVector<Value> AbsOp::buildVjp(ImplicitLocOpBuilder &b, ValueRange grads) {
  Value g = grads[0], zero = ConstantOp::create(b, getX().getType(), 0.0);
  Value above = CompareOp::create(b, Predicate::ge, getX(), zero);
  return {SelectOp::create(b, above, g, NegOp::create(b, g))};
}

//===-- sign: y = 1 if x > 0, -1 if x < 0, else x -------------------------===//

// Zero keeps its sign and NaN stays NaN.
Value SignOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  Value zero = scalar(b, 0);
  Value above = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x[0], zero);
  Value below = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, x[0], zero);
  Value rest = arith::SelectOp::create(b, below, scalar(b, -1), x[0]);
  return arith::SelectOp::create(b, above, scalar(b, 1), rest);
}

// dx = 0 almost everywhere
SmallVector<Value> SignOp::buildVjp(ImplicitLocOpBuilder &, ValueRange) {
  return {Value()};
}

//===-- floor: y = the largest whole number <= x --------------------------===//

Value FloorOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  return math::FloorOp::create(b, x[0]);
}

// dx = 0 almost everywhere
SmallVector<Value> FloorOp::buildVjp(ImplicitLocOpBuilder &, ValueRange) {
  return {Value()};
}

//===-- exp: y = e^x ------------------------------------------------------===//

Value ExpOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  return math::ExpOp::create(b, x[0]);
}

// dx = g * y
SmallVector<Value> ExpOp::buildVjp(ImplicitLocOpBuilder &b, ValueRange grads) {
  return {MulOp::create(b, grads[0], getResult())};
}

//===-- expm1: y = e^x - 1 ------------------------------------------------===//

Value Expm1Op::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  return math::ExpM1Op::create(b, x[0]);
}

// dx = g * e^x = g * y + g
SmallVector<Value> Expm1Op::buildVjp(ImplicitLocOpBuilder &b,
                                     ValueRange grads) {
  Value g = grads[0];
  return {AddOp::create(b, MulOp::create(b, g, getResult()), g)};
}

//===-- log: y = ln x -----------------------------------------------------===//

Value LogOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  return math::LogOp::create(b, x[0]);
}

// dx = g / x
SmallVector<Value> LogOp::buildVjp(ImplicitLocOpBuilder &b, ValueRange grads) {
  return {DivOp::create(b, grads[0], getX())};
}

//===-- log1p: y = ln(1 + x) ----------------------------------------------===//

Value Log1pOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  return math::Log1pOp::create(b, x[0]);
}

// dx = g / (1 + x)
SmallVector<Value> Log1pOp::buildVjp(ImplicitLocOpBuilder &b,
                                     ValueRange grads) {
  Value shifted = AddOp::create(b, getX(), fill(b, getX(), 1));
  return {DivOp::create(b, grads[0], shifted)};
}

//===-- sqrt: y = x^(1/2) -------------------------------------------------===//

Value SqrtOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  return math::SqrtOp::create(b, x[0]);
}

// dx = g / (2 y)
SmallVector<Value> SqrtOp::buildVjp(ImplicitLocOpBuilder &b, ValueRange grads) {
  return {DivOp::create(b, scale(b, grads[0], 0.5), getResult())};
}

//===-- rsqrt: y = x^(-1/2) -----------------------------------------------===//

Value RsqrtOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  return math::RsqrtOp::create(b, x[0]);
}

// dx = -g / 2 * y^3
SmallVector<Value> RsqrtOp::buildVjp(ImplicitLocOpBuilder &b,
                                     ValueRange grads) {
  Value y = getResult();
  Value cube = MulOp::create(b, MulOp::create(b, y, y), y);
  return {MulOp::create(b, scale(b, grads[0], -0.5), cube)};
}

//===-- tanh --------------------------------------------------------------===//

Value TanhOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  return math::TanhOp::create(b, x[0]);
}

// dx = g * (1 - y * y)
SmallVector<Value> TanhOp::buildVjp(ImplicitLocOpBuilder &b, ValueRange grads) {
  Value y = getResult();
  Value slope = SubOp::create(b, fill(b, y, 1), MulOp::create(b, y, y));
  return {MulOp::create(b, grads[0], slope)};
}

//===-- sin and cos -------------------------------------------------------===//

Value SinOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  return math::SinOp::create(b, x[0]);
}

// dx = g * cos(x)
SmallVector<Value> SinOp::buildVjp(ImplicitLocOpBuilder &b, ValueRange grads) {
  return {MulOp::create(b, grads[0], CosOp::create(b, getX()))};
}

Value CosOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  return math::CosOp::create(b, x[0]);
}

// dx = -g * sin(x)
SmallVector<Value> CosOp::buildVjp(ImplicitLocOpBuilder &b, ValueRange grads) {
  Value slope = NegOp::create(b, SinOp::create(b, getX()));
  return {MulOp::create(b, grads[0], slope)};
}

//===-- erf: y = 2 / sqrt(pi) * integral of e^(-t^2) from 0 to x ----------===//

Value ErfOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  return math::ErfOp::create(b, x[0]);
}

// dx = g * 2 / sqrt(pi) * e^(-x^2)
SmallVector<Value> ErfOp::buildVjp(ImplicitLocOpBuilder &b, ValueRange grads) {
  Value square = MulOp::create(b, getX(), getX());
  Value bell = ExpOp::create(b, NegOp::create(b, square));
  Value g = scale(b, grads[0], 2 * std::numbers::inv_sqrtpi);
  return {MulOp::create(b, g, bell)};
}

//===-- logistic: y = 1 / (1 + e^-x) --------------------------------------===//

// Where e^-x overflows to infinity the quotient is 0, as it should be.
Value LogisticOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x,
                              LoopScope &) {
  Value e = math::ExpOp::create(b, arith::NegFOp::create(b, x[0]));
  Value one = scalar(b, 1);
  return arith::DivFOp::create(b, one, arith::AddFOp::create(b, one, e));
}

// dx = g * y * (1 - y)
SmallVector<Value> LogisticOp::buildVjp(ImplicitLocOpBuilder &b,
                                        ValueRange grads) {
  Value y = getResult();
  Value rest = SubOp::create(b, fill(b, y, 1), y);
  return {MulOp::create(b, grads[0], MulOp::create(b, y, rest))};
}

//===-- softplus: y = ln(1 + e^x) -----------------------------------------===//

// max(x, 0) + log1p(e^-|x|): the exponential never overflows.
Value SoftplusOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x,
                              LoopScope &) {
  Value minus = arith::NegFOp::create(b, math::AbsFOp::create(b, x[0]));
  Value tail = math::Log1pOp::create(b, math::ExpOp::create(b, minus));
  Value head = arith::MaximumFOp::create(b, x[0], scalar(b, 0));
  return arith::AddFOp::create(b, head, tail);
}

// dx = g * logistic(x)
SmallVector<Value> SoftplusOp::buildVjp(ImplicitLocOpBuilder &b,
                                        ValueRange grads) {
  return {MulOp::create(b, grads[0], LogisticOp::create(b, getX()))};
}

//===-- relu: y = max(x, 0) -----------------------------------------------===//

Value ReluOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  // Asked this way round a NaN stays one, as in jax.nn.relu.
  Value zero = scalar(b, 0);
  Value below = arith::CmpFOp::create(b, arith::CmpFPredicate::OLE, x[0], zero);
  return arith::SelectOp::create(b, below, zero, x[0]);
}

// dx = y > 0 ? g : 0
//
// y > 0 exactly where x > 0, and y is kept for the next layer anyway, so x may
// stay inside the kernel that made it.
SmallVector<Value> ReluOp::buildVjp(ImplicitLocOpBuilder &b, ValueRange grads) {
  Value g = grads[0], zero = fill(b, g, 0);
  Value above = CompareOp::create(b, Predicate::gt, getResult(), zero);
  return {SelectOp::create(b, above, g, zero)};
}
