// Softmax and its kin: composites whose own gradients are exact and short.
#include "dialects/prim/Gradient.h"
#include "dialects/prim/Infer.h"

using namespace mlir;
using namespace dlc::prim;

// One row [c] of x for each other index; dim is the position of c.
static LogicalResult inferRows(std::optional<Location> loc, StringRef op,
                               Value x, int64_t dim,
                               SmallVectorImpl<Type> &types) {
  auto type = cast<RankedTensorType>(x.getType());
  if (failed(verifyDim(loc, op, dim, type.getRank())))
    return failure();
  types.push_back(type);
  return success();
}

// x[i, j] - max_j x[i, j]: e^ of it cannot overflow
static Value shift(ImplicitLocOpBuilder &b, Value x, int64_t dim) {
  Value m = ReduceMaxOp::create(b, x, dim);
  return SubOp::create(b, x, BroadcastOp::create(b, x.getType(), m, dim));
}

// sum_j x[i, j], repeated along j
static Value sumRows(ImplicitLocOpBuilder &b, Value x, int64_t dim) {
  Value sum = ReduceSumOp::create(b, x, dim);
  return BroadcastOp::create(b, x.getType(), sum, dim);
}

//===-- softmax: y[i, j] = e^x[i, j] / sum_j e^x[i, j] --------------------===//

LogicalResult SoftmaxOp::inferReturnTypes(MLIRContext *,
                                          std::optional<Location> loc,
                                          Adaptor op,
                                          SmallVectorImpl<Type> &types) {
  return inferRows(loc, getOperationName(), op.getX(), op.getDim(), types);
}

Value SoftmaxOp::decompose(ImplicitLocOpBuilder &b) {
  Value e = ExpOp::create(b, shift(b, getX(), getDim()));
  return DivOp::create(b, e, sumRows(b, e, getDim()));
}

// dx[i, j] = y[i, j] * (g[i, j] - sum_j g[i, j] y[i, j])
SmallVector<Value> SoftmaxOp::buildVjp(ImplicitLocOpBuilder &b,
                                       ValueRange grads) {
  Value g = grads[0], y = getResult();
  Value mean = sumRows(b, MulOp::create(b, g, y), getDim());
  return {MulOp::create(b, y, SubOp::create(b, g, mean))};
}

//===-- log_softmax: y[i, j] = x[i, j] - ln sum_j e^x[i, j] ---------------===//

LogicalResult LogSoftmaxOp::inferReturnTypes(MLIRContext *,
                                             std::optional<Location> loc,
                                             Adaptor op,
                                             SmallVectorImpl<Type> &types) {
  return inferRows(loc, getOperationName(), op.getX(), op.getDim(), types);
}

Value LogSoftmaxOp::decompose(ImplicitLocOpBuilder &b) {
  int64_t dim = getDim();
  Value shifted = shift(b, getX(), dim);
  Value sum = ReduceSumOp::create(b, ExpOp::create(b, shifted), dim);
  Value ln = LogOp::create(b, sum);
  return SubOp::create(b, shifted, BroadcastOp::create(b, getType(), ln, dim));
}

// dx[i, j] = g[i, j] - softmax(x)[i, j] * sum_j g[i, j]
SmallVector<Value> LogSoftmaxOp::buildVjp(ImplicitLocOpBuilder &b,
                                          ValueRange grads) {
  Value softmax = ExpOp::create(b, getResult());
  Value sum = sumRows(b, grads[0], getDim());
  return {SubOp::create(b, grads[0], MulOp::create(b, softmax, sum))};
}

//===-- softmax_crossentropy ----------------------------------------------===//

LogicalResult
SoftmaxCrossentropyOp::inferReturnTypes(MLIRContext *,
                                        std::optional<Location> loc, Adaptor op,
                                        SmallVectorImpl<Type> &types) {
  auto logits = cast<RankedTensorType>(op.getLogits().getType());
  if (logits.getRank() == 0)
    return emitOptionalError(loc, getOperationName(), ": logits are ", logits,
                             " of rank 0 but need a dimension of classes; "
                             "reshape them first");
  if (op.getLabels().getType() != logits)
    return emitOptionalError(
        loc, getOperationName(), ": labels are ", op.getLabels().getType(),
        " but logits are ", logits,
        "; encode the labels one-hot over the same classes");
  types.push_back(dropDims(logits, logits.getRank() - 1));
  return success();
}

// loss[i] = -sum_j labels[i, j] * ln softmax(logits)[i, j]
Value SoftmaxCrossentropyOp::decompose(ImplicitLocOpBuilder &b) {
  int64_t classes = getLogits().getType().getRank() - 1;
  Value ln = LogSoftmaxOp::create(b, getLogits(), classes);
  Value picked = MulOp::create(b, getLabels(), ln);
  return NegOp::create(b, ReduceSumOp::create(b, picked, classes));
}

// dlogits[i, j] = g[i] * (softmax(logits)[i, j] - labels[i, j])
//
// Differentiating the definition instead would pass through the maximum and the
// logarithm and lose the exact cancellation that leaves softmax - labels. That
// every row of labels sums to 1 makes the factor of softmax 1.
SmallVector<Value> SoftmaxCrossentropyOp::buildVjp(ImplicitLocOpBuilder &b,
                                                   ValueRange grads) {
  RankedTensorType type = getLogits().getType();
  int64_t classes = type.getRank() - 1;
  Value g = BroadcastOp::create(b, type, grads[0], classes);
  Value softmax = SoftmaxOp::create(b, getLogits(), classes);
  Value error = SubOp::create(b, softmax, getLabels());
  return {MulOp::create(b, g, error), Value()};
}
