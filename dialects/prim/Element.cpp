// Halves are widened, computed with in f32, and rounded once.
#include "dialects/prim/Element.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace dlc::prim;

Type dlc::prim::getComputeType(Type element) {
  return isHalf(element) ? Float32Type::get(element.getContext()) : element;
}

Value dlc::prim::roundElement(ImplicitLocOpBuilder &b, Value x, Type element) {
  if (!isHalf(element) || x.getType() == element)
    return x;
  // What was only moved is in its type already.
  if (auto widened = x.getDefiningOp<arith::ExtFOp>();
      widened && widened.getIn().getType() == element)
    return widened.getIn();
  return arith::TruncFOp::create(b, element, x);
}

Value dlc::prim::buildElement(LoopOpInterface op, ImplicitLocOpBuilder &b,
                              ValueRange x, LoopScope &scope) {
  Type element = getElementTypeOrSelf(op->getResult(0).getType());
  // A choice computes nothing.
  if (isa<SelectOp>(op.getOperation()))
    return op.buildScalar(b, x, scope);
  SmallVector<Value> wide, made;
  for (Value each : x) {
    Type compute = getComputeType(each.getType());
    if (compute != each.getType()) {
      each = arith::ExtFOp::create(b, compute, each);
      made.push_back(each);
    }
    wide.push_back(each);
  }
  Value scalar = op.buildScalar(b, wide, scope);
  if (op.getReducedDims().empty())
    scalar = roundElement(b, scalar, element);
  for (Value each : made)
    if (each.use_empty() && each != scalar)
      each.getDefiningOp()->erase();
  return scalar;
}
