// Reductions: combiner and gradient of each.
#include "dialects/prim/Gradient.h"
#include "dialects/prim/Infer.h"

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

//===-- squared_deviations: y[k] = sum_r (x[k, r] - mean[k])^2 ------------===//

LogicalResult
SquaredDeviationsOp::inferReturnTypes(MLIRContext *,
                                      std::optional<Location> loc, Adaptor op,
                                      SmallVectorImpl<Type> &types) {
  if (failed(inferReduction(loc, getOperationName(), op.getX(), op.getDims(),
                            types)))
    return failure();
  if (op.getMean().getType() != types.front())
    return emitOptionalError(
        loc, getOperationName(), ": mean is ", op.getMean().getType(),
        " but that of ", op.getX().getType(), " over these dims is ",
        types.front(), "; take the mean over the same dims");
  return success();
}

// d[k, r] = x[k, r] - mean[k]
static Value findDeviations(ImplicitLocOpBuilder &b, SquaredDeviationsOp op) {
  Type type = op.getX().getType();
  return SubOp::create(
      b, op.getX(), BroadcastOp::create(b, type, op.getMean(), op.getDims()));
}

Value SquaredDeviationsOp::decompose(ImplicitLocOpBuilder &b) {
  Value d = findDeviations(b, *this);
  return ReduceSumOp::create(b, MulOp::create(b, d, d), getDims());
}

// dx[k, r] = 2 g[k] d[k, r]
//
// Differentiating the definition instead would add dmean[k] = -2 g[k] sum_r
// d[k, r], which is zero but for rounding, at the price of another walk over x.
SmallVector<Value> SquaredDeviationsOp::buildVjp(ImplicitLocOpBuilder &b,
                                                 ValueRange grads) {
  Value twice = BroadcastOp::create(
      b, getX().getType(), AddOp::create(b, grads[0], grads[0]), getDims());
  return {MulOp::create(b, twice, findDeviations(b, *this)), Value()};
}
