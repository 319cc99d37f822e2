// Elementwise prims on truth values, and conversion between element types.
#include "dialects/prim/Element.h"
#include "dialects/prim/Gradient.h"
#include "dialects/prim/Infer.h"

using namespace mlir;
using namespace dlc::prim;

//===-- and, or, not ------------------------------------------------------===//

// A truth value has no gradient.

Value AndOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  return arith::AndIOp::create(b, x[0], x[1]);
}

SmallVector<Value> AndOp::buildVjp(ImplicitLocOpBuilder &, ValueRange) {
  return {Value(), Value()};
}

Value OrOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  return arith::OrIOp::create(b, x[0], x[1]);
}

SmallVector<Value> OrOp::buildVjp(ImplicitLocOpBuilder &, ValueRange) {
  return {Value(), Value()};
}

Value NotOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x, LoopScope &) {
  Value yes = arith::ConstantOp::create(b, b.getBoolAttr(true));
  return arith::XOrIOp::create(b, x[0], yes);
}

SmallVector<Value> NotOp::buildVjp(ImplicitLocOpBuilder &, ValueRange) {
  return {Value()};
}

//===-- compare: y = l predicate r ----------------------------------------===//

LogicalResult CompareOp::inferReturnTypes(MLIRContext *context,
                                          std::optional<Location> loc,
                                          Adaptor op,
                                          SmallVectorImpl<Type> &types) {
  if (failed(
          inferElementwise(loc, getOperationName(), op.getOperands(), types)))
    return failure();
  auto type = cast<RankedTensorType>(types.front());
  types.front() = type.clone(IntegerType::get(context, 1));
  return success();
}

// Ordered: false where either is NaN; `ne` is the opposite of `eq`.
static arith::CmpFPredicate getFloatPredicate(Predicate predicate) {
  switch (predicate) {
  case Predicate::eq:
    return arith::CmpFPredicate::OEQ;
  case Predicate::ne:
    return arith::CmpFPredicate::UNE;
  case Predicate::lt:
    return arith::CmpFPredicate::OLT;
  case Predicate::le:
    return arith::CmpFPredicate::OLE;
  case Predicate::gt:
    return arith::CmpFPredicate::OGT;
  case Predicate::ge:
    return arith::CmpFPredicate::OGE;
  }
  llvm_unreachable("all predicates are above");
}

// i32 is signed; of i1, false is less than true.
static arith::CmpIPredicate getIntPredicate(Predicate predicate, bool isBool) {
  switch (predicate) {
  case Predicate::eq:
    return arith::CmpIPredicate::eq;
  case Predicate::ne:
    return arith::CmpIPredicate::ne;
  case Predicate::lt:
    return isBool ? arith::CmpIPredicate::ult : arith::CmpIPredicate::slt;
  case Predicate::le:
    return isBool ? arith::CmpIPredicate::ule : arith::CmpIPredicate::sle;
  case Predicate::gt:
    return isBool ? arith::CmpIPredicate::ugt : arith::CmpIPredicate::sgt;
  case Predicate::ge:
    return isBool ? arith::CmpIPredicate::uge : arith::CmpIPredicate::sge;
  }
  llvm_unreachable("all predicates are above");
}

Value CompareOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x,
                             LoopScope &) {
  if (x[0].getType().isF32())
    return arith::CmpFOp::create(b, getFloatPredicate(getPredicate()), x[0],
                                 x[1]);
  bool isBool = x[0].getType().isInteger(1);
  return arith::CmpIOp::create(b, getIntPredicate(getPredicate(), isBool), x[0],
                               x[1]);
}

SmallVector<Value> CompareOp::buildVjp(ImplicitLocOpBuilder &, ValueRange) {
  return {Value(), Value()};
}

//===-- select: y = c ? t : f ---------------------------------------------===//

LogicalResult SelectOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> loc,
                                         Adaptor op,
                                         SmallVectorImpl<Type> &types) {
  auto onTrue = cast<RankedTensorType>(op.getOnTrue().getType());
  auto onFalse = cast<RankedTensorType>(op.getOnFalse().getType());
  auto condition = cast<RankedTensorType>(op.getCondition().getType());
  if (onTrue != onFalse)
    return emitOptionalError(loc, getOperationName(), ": on_false is ", onFalse,
                             " but on_true is ", onTrue,
                             "; broadcast or convert one of them first");
  if (condition.getShape() != onTrue.getShape())
    return emitOptionalError(loc, getOperationName(), ": the condition is ",
                             condition, " but on_true is ", onTrue,
                             "; broadcast the condition first");
  types.push_back(onTrue);
  return success();
}

Value SelectOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x,
                            LoopScope &) {
  return arith::SelectOp::create(b, x[0], x[1], x[2]);
}

// dt = c ? g : 0
// df = c ? 0 : g
SmallVector<Value> SelectOp::buildVjp(ImplicitLocOpBuilder &b,
                                      ValueRange grads) {
  if (!isFloat(getResult()))
    return {Value(), Value(), Value()};
  Value g = grads[0], zero = fill(b, g, 0), c = getCondition();
  return {Value(), SelectOp::create(b, c, g, zero),
          SelectOp::create(b, c, zero, g)};
}

OpFoldResult SelectOp::fold(FoldAdaptor) {
  if (getOnTrue() == getOnFalse())
    return getOnTrue();
  if (std::optional<double> condition = getSplat(getCondition()))
    return *condition != 0 ? getOnTrue() : getOnFalse();
  return nullptr;
}

//===-- convert -----------------------------------------------------------===//

LogicalResult ConvertOp::verify() {
  if (getX().getType().getShape() == getType().getShape())
    return success();
  return emitOpError() << "turns " << getX().getType() << " into " << getType()
                       << " but the shape may not change; reshape it besides";
}

Value ConvertOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x,
                             LoopScope &) {
  // A half is rounded afterwards.
  Type from = x[0].getType(), to = getComputeType(getType().getElementType());
  if (from == to)
    return x[0];
  if (from.isF32() && to.isInteger(1)) {
    Value zero = scalar(b, 0);
    return arith::CmpFOp::create(b, arith::CmpFPredicate::UNE, x[0], zero);
  }
  if (from.isF32())
    return arith::FPToSIOp::create(b, to, x[0]);
  if (from.isInteger(1) && to.isF32())
    return arith::UIToFPOp::create(b, to, x[0]);
  if (from.isInteger(1))
    return arith::ExtUIOp::create(b, to, x[0]);
  if (to.isF32())
    return arith::SIToFPOp::create(b, to, x[0]);
  Value zero = arith::ConstantOp::create(b, b.getI32IntegerAttr(0));
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, x[0], zero);
}

// dx = g in x's type between floats, and nothing flows through any other
// conversion
SmallVector<Value> ConvertOp::buildVjp(ImplicitLocOpBuilder &b,
                                       ValueRange grads) {
  if (!isFloat(getX()) || !isFloat(getResult()))
    return {Value()};
  return {b.createOrFold<ConvertOp>(getX().getType(), grads[0])};
}

// To the type that x has, or that it had before it was widened.
OpFoldResult ConvertOp::fold(FoldAdaptor) {
  if (getX().getType() == getType())
    return getX();
  auto inner = getX().getDefiningOp<ConvertOp>();
  if (inner && inner.getX().getType() == getType() &&
      isHalf(getType().getElementType()) &&
      inner.getType().getElementType().isF32())
    return inner.getX();
  return nullptr;
}
