// Prims without tensors to read: numbers, positions, the size of the batch.
#include "dialects/prim/Gradient.h"
#include "dialects/prim/Infer.h"

using namespace mlir;
using namespace dlc::prim;

//===-- constant: y = value -----------------------------------------------===//

void ConstantOp::build(OpBuilder &b, OperationState &state, Type type,
                       double value) {
  Type element = getElementTypeOrSelf(type);
  if (isa<FloatType>(element))
    build(b, state, type, TypedAttr(b.getFloatAttr(element, value)));
  else
    build(b, state, type,
          TypedAttr(b.getIntegerAttr(element, static_cast<int64_t>(value))));
}

LogicalResult ConstantOp::verify() {
  if (getValue().getType() == getType().getElementType())
    return success();
  return emitOpError() << "has a value of type " << getValue().getType()
                       << " but its elements are " << getType().getElementType()
                       << "; write the value in that type";
}

bool ConstantOp::isFree() { return true; }

Value ConstantOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange,
                              LoopScope &) {
  return arith::ConstantOp::create(b, getValue());
}

SmallVector<Value> ConstantOp::buildVjp(ImplicitLocOpBuilder &, ValueRange) {
  return {};
}

std::optional<double> dlc::prim::getSplat(Value x) {
  while (auto broadcast = x.getDefiningOp<BroadcastOp>())
    x = broadcast.getX();
  auto constant = x.getDefiningOp<ConstantOp>();
  if (!constant)
    return std::nullopt;
  if (auto number = dyn_cast<FloatAttr>(constant.getValue()))
    return number.getValueAsDouble();
  APInt number = cast<IntegerAttr>(constant.getValue()).getValue();
  return number.getBitWidth() == 1 ? number.getZExtValue()
                                   : number.getSExtValue();
}

//===-- iota: y[...] = position along dim ---------------------------------===//

LogicalResult IotaOp::verify() {
  if (!getType().getElementType().isInteger(32))
    return emitOpError() << "has the result " << getType()
                         << " but positions are i32; convert them afterwards";
  return verifyDim(getLoc(), getOperationName(), getDim(), getType().getRank());
}

bool IotaOp::isFree() { return true; }

Value IotaOp::buildScalar(ImplicitLocOpBuilder &, ValueRange,
                          LoopScope &scope) {
  return scope.index(getDim());
}

SmallVector<Value> IotaOp::buildVjp(ImplicitLocOpBuilder &, ValueRange) {
  return {};
}

//===-- batch_size: y = n -------------------------------------------------===//

LogicalResult BatchSizeOp::inferReturnTypes(MLIRContext *context,
                                            std::optional<Location>, Adaptor,
                                            SmallVectorImpl<Type> &types) {
  types.push_back(RankedTensorType::get({}, Float32Type::get(context)));
  return success();
}

bool BatchSizeOp::isFree() { return true; }

Value BatchSizeOp::buildScalar(ImplicitLocOpBuilder &, ValueRange,
                               LoopScope &scope) {
  return scope.batchSize();
}

SmallVector<Value> BatchSizeOp::buildVjp(ImplicitLocOpBuilder &, ValueRange) {
  return {};
}
