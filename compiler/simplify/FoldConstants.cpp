// Computes what depends on constants alone, by the scalar bodies of prims.
//
// A constant is one number in every element, so that one evaluation of a scalar
// body serves a tensor of any size, and the result takes no memory either.
#include "compiler/Passes.h"
#include "dialects/prim/Element.h"
#include "dialects/prim/Gradient.h"

namespace dlc {
#define GEN_PASS_DEF_FOLDCONSTANTS
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;

namespace {

/// A scalar body whose operands are numbers. Where it asks for the position or
/// the batch nobody knows the answer yet.
class Body : prim::LoopScope {
public:
  explicit Body(Location loc) : b(loc, loc.getContext()) {
    b.setInsertionPointToEnd(&block);
  }

  Value index(unsigned) override {
    return block.addArgument(b.getI32Type(), b.getLoc());
  }
  Value batchSize() override {
    return block.addArgument(b.getF32Type(), b.getLoc());
  }

  /// The body's value, or null; `steps` counts its operations.
  TypedAttr evaluate(prim::LoopOpInterface op, ArrayRef<TypedAttr> operands,
                     int64_t &steps) {
    SmallVector<Value> scalars;
    for (TypedAttr operand : operands)
      scalars.push_back(arith::ConstantOp::create(b, operand));
    Value result = prim::buildElement(op, b, scalars, *this);
    for (Operation &step : block) {
      ++steps;
      SmallVector<Attribute> known;
      for (Value operand : step.getOperands())
        known.push_back(values.lookup(operand));
      SmallVector<OpFoldResult> folded;
      if (failed(step.fold(known, folded)) || folded.size() != 1)
        return {};
      auto value = dyn_cast<Attribute>(folded.front());
      values[step.getResult(0)] =
          value ? value : values.lookup(cast<Value>(folded.front()));
    }
    return dyn_cast_or_null<TypedAttr>(values.lookup(result));
  }

private:
  Block block;
  ImplicitLocOpBuilder b;
  DenseMap<Value, Attribute> values;
};

} // namespace

/// The number in every element of a constant, repeated or not.
static TypedAttr findNumber(Value x) {
  while (auto broadcast = x.getDefiningOp<prim::BroadcastOp>())
    x = broadcast.getX();
  auto constant = x.getDefiningOp<prim::ConstantOp>();
  return constant ? constant.getValue() : TypedAttr();
}

/// The number in every element of the result, or null. Of reductions only those
/// that leave a number what it is: a sum would have to be rounded as the
/// machine rounds it.
static TypedAttr fold(prim::LoopOpInterface op, int64_t &steps) {
  SmallVector<TypedAttr> operands;
  for (Value operand : op->getOperands())
    if (TypedAttr number = findNumber(operand))
      operands.push_back(number);
  if (operands.empty() || operands.size() != op->getNumOperands())
    return {};
  if (isa<prim::ReduceSumOp>(op))
    return prim::getSplat(op->getOperand(0)) == 0 ? operands.front()
                                                  : TypedAttr();
  return Body(op.getLoc()).evaluate(op, operands, steps);
}

namespace {

struct FoldConstantsPass : dlc::impl::FoldConstantsBase<FoldConstantsPass> {
  using FoldConstantsBase::FoldConstantsBase;

  void runOnOperation() override {
    int64_t steps = 0;
    // In order, so that what a constant makes constant is seen next.
    getOperation().walk([&](prim::LoopOpInterface op) {
      if (steps > maxSteps)
        return WalkResult::interrupt();
      if (TypedAttr number = fold(op, steps)) {
        OpBuilder b(op);
        Type type = op->getResult(0).getType();
        op->getResult(0).replaceAllUsesWith(
            prim::ConstantOp::create(b, op.getLoc(), type, number));
        op.erase();
      }
      return WalkResult::advance();
    });
  }
};

} // namespace
