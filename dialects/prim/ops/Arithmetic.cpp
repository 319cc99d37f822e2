// Elementwise prims of two operands: the scalar body and the gradient of each.
#include "dialects/prim/Gradient.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace dlc::prim;

// The operation for f32 or its twin for i32, by the type of the operands.
template <typename FloatOp, typename IntOp>
static Value choose(ImplicitLocOpBuilder &b, ValueRange x) {
  if (x[0].getType().isF32())
    return FloatOp::create(b, x[0], x[1]);
  return IntOp::create(b, x[0], x[1]);
}

//===-- add: y = l + r ----------------------------------------------------===//

Value AddOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  return choose<arith::AddFOp, arith::AddIOp>(b, x);
}

// dl = g
// dr = g
SmallVector<Value> AddOp::buildVjp(ImplicitLocOpBuilder &, ValueRange grads) {
  if (!isFloat(getResult()))
    return {Value(), Value()};
  return {grads[0], grads[0]};
}

// x + 0 = 0 + x = x
OpFoldResult AddOp::fold(FoldAdaptor) {
  if (getSplat(getRhs()) == 0)
    return getLhs();
  if (getSplat(getLhs()) == 0)
    return getRhs();
  return nullptr;
}

//===-- sub: y = l - r ----------------------------------------------------===//

Value SubOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  return choose<arith::SubFOp, arith::SubIOp>(b, x);
}

// dl = g
// dr = -g
SmallVector<Value> SubOp::buildVjp(ImplicitLocOpBuilder &b, ValueRange grads) {
  if (!isFloat(getResult()))
    return {Value(), Value()};
  return {grads[0], NegOp::create(b, grads[0])};
}

// x - 0 = x
OpFoldResult SubOp::fold(FoldAdaptor) {
  return getSplat(getRhs()) == 0 ? OpFoldResult(getLhs()) : nullptr;
}

//===-- mul: y = l * r ----------------------------------------------------===//

Value MulOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  return choose<arith::MulFOp, arith::MulIOp>(b, x);
}

// dl = g * r
// dr = g * l
SmallVector<Value> MulOp::buildVjp(ImplicitLocOpBuilder &b, ValueRange grads) {
  if (!isFloat(getResult()))
    return {Value(), Value()};
  Value g = grads[0];
  return {MulOp::create(b, g, getRhs()), MulOp::create(b, g, getLhs())};
}

// x * 1 = 1 * x = x
OpFoldResult MulOp::fold(FoldAdaptor) {
  if (getSplat(getRhs()) == 1)
    return getLhs();
  if (getSplat(getLhs()) == 1)
    return getRhs();
  return nullptr;
}

//===-- div: y = l / r ----------------------------------------------------===//

Value DivOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  return arith::DivFOp::create(b, x[0], x[1]);
}

// dl = g / r
// dr = -g * l / (r * r) = -dl * y
SmallVector<Value> DivOp::buildVjp(ImplicitLocOpBuilder &b, ValueRange grads) {
  Value dl = DivOp::create(b, grads[0], getRhs());
  return {dl, NegOp::create(b, MulOp::create(b, dl, getResult()))};
}

// x / 1 = x
OpFoldResult DivOp::fold(FoldAdaptor) {
  return getSplat(getRhs()) == 1 ? OpFoldResult(getLhs()) : nullptr;
}

//===-- quotient: y = trunc(l / r), whole numbers -------------------------===//

Value QuotientOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x,
                              LoopScope &) {
  return arith::DivSIOp::create(b, x[0], x[1]);
}

// whole numbers have no gradient
SmallVector<Value> QuotientOp::buildVjp(ImplicitLocOpBuilder &, ValueRange) {
  return {Value(), Value()};
}

//===-- pow: y = l ^ r ----------------------------------------------------===//

Value PowOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  return math::PowFOp::create(b, x[0], x[1]);
}

// dl = g * r * l ^ (r - 1)    but 0 where r = 0, also if l = 0
// dr = g * y * ln l           but 0 where l <= 0
SmallVector<Value> PowOp::buildVjp(ImplicitLocOpBuilder &b, ValueRange grads) {
  Value g = grads[0], l = getLhs(), r = getRhs();
  Value zero = fill(b, l, 0), one = fill(b, l, 1);

  Value flat = CompareOp::create(b, Predicate::eq, r, zero);
  Value less = SelectOp::create(b, flat, one, Value(SubOp::create(b, r, one)));
  Value slope = MulOp::create(b, r, PowOp::create(b, l, less));
  Value dl = MulOp::create(b, g, slope);

  Value positive = CompareOp::create(b, Predicate::gt, l, zero);
  Value ln = LogOp::create(b, SelectOp::create(b, positive, l, one));
  Value dr = MulOp::create(b, MulOp::create(b, g, getResult()), ln);
  return {dl, dr};
}

//===-- max and min -------------------------------------------------------===//

// dl = g where l wins, g / 2 where l = r, else 0; `wins` is gt or lt
// dr = the same with l and r exchanged
static SmallVector<Value> shareGradient(ImplicitLocOpBuilder &b, Predicate wins,
                                        Value l, Value r, Value g) {
  Value tie = CompareOp::create(b, Predicate::eq, l, r);
  Value shared = SelectOp::create(b, tie, scale(b, g, 0.5), fill(b, g, 0));
  Value left = CompareOp::create(b, wins, l, r);
  Value right = CompareOp::create(b, wins, r, l);
  return {SelectOp::create(b, left, g, shared),
          SelectOp::create(b, right, g, shared)};
}

Value MaxOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  return choose<arith::MaximumFOp, arith::MaxSIOp>(b, x);
}

SmallVector<Value> MaxOp::buildVjp(ImplicitLocOpBuilder &b, ValueRange grads) {
  if (!isFloat(getResult()))
    return {Value(), Value()};
  return shareGradient(b, Predicate::gt, getLhs(), getRhs(), grads[0]);
}

Value MinOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  return choose<arith::MinimumFOp, arith::MinSIOp>(b, x);
}

SmallVector<Value> MinOp::buildVjp(ImplicitLocOpBuilder &b, ValueRange grads) {
  if (!isFloat(getResult()))
    return {Value(), Value()};
  return shareGradient(b, Predicate::lt, getLhs(), getRhs(), grads[0]);
}
