// Reductions: combiner and gradient of each.
#include "dialects/prim/Gradient.h"

using namespace mlir;
using namespace dlc::prim;

//===-- reduce_sum: y[k] = sum_r x[k, r] ----------------------------------===//

std::optional<arith::AtomicRMWKind> ReduceSumOp::getCombiner() {
  return isFloat(getX()) ? arith::AtomicRMWKind::addf
                         : arith::AtomicRMWKind::addi;
}

// dx[k, r] = g[k]
SmallVector<Value> ReduceSumOp::buildVjp(ImplicitLocOpBuilder &b,
                                         ValueRange grads) {
  if (!isFloat(getX()))
    return {Value()};
  return {BroadcastOp::create(b, getX().getType(), grads[0], getDims())};
}

//===-- reduce_max and reduce_min -----------------------------------------===//

// tie[k, r] = x[k, r] == y[k],  count[k] = how many of a row tie
// dx[k, r] = tie[k, r] ? g[k] / count[k] : 0
static Value shareGradient(ImplicitLocOpBuilder &b, Value x, Value y, Value g,
                           ArrayRef<int64_t> dims) {
  Type type = x.getType();
  Value tie = CompareOp::create(b, Predicate::eq, x,
                                BroadcastOp::create(b, type, y, dims));
  Value count = ReduceSumOp::create(b, ConvertOp::create(b, type, tie), dims);
  Value share = BroadcastOp::create(b, type, DivOp::create(b, g, count), dims);
  return SelectOp::create(b, tie, share, fill(b, x, 0));
}

std::optional<arith::AtomicRMWKind> ReduceMaxOp::getCombiner() {
  return isFloat(getX()) ? arith::AtomicRMWKind::maximumf
                         : arith::AtomicRMWKind::maxs;
}

SmallVector<Value> ReduceMaxOp::buildVjp(ImplicitLocOpBuilder &b,
                                         ValueRange grads) {
  if (!isFloat(getX()))
    return {Value()};
  return {shareGradient(b, getX(), getResult(), grads[0], getDims())};
}

std::optional<arith::AtomicRMWKind> ReduceMinOp::getCombiner() {
  return isFloat(getX()) ? arith::AtomicRMWKind::minimumf
                         : arith::AtomicRMWKind::mins;
}

SmallVector<Value> ReduceMinOp::buildVjp(ImplicitLocOpBuilder &b,
                                         ValueRange grads) {
  if (!isFloat(getX()))
    return {Value()};
  return {shareGradient(b, getX(), getResult(), grads[0], getDims())};
}
