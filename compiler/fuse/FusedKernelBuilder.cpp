// A tensor at a map becomes a scalar: all of fusion is this one recursion.
#include "compiler/fuse/FusedKernelBuilder.h"
#include "compiler/fuse/Kernels.h"
#include "dialects/prim/Element.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::fuse;

namespace dlc::fuse {

/// A scalar body asks in dims of its own prim; they are answered in loops of
/// the kernel, through the map at which the prim is computed.
class PointScope : public prim::LoopScope {
public:
  PointScope(FusedKernelBuilder &builder, AffineMap point)
      : builder(builder), point(point) {}

  Value index(unsigned dim) override {
    return builder.buildIndex(point.getResult(dim));
  }

  Value batchSize() override { return kernel::BatchSizeOp::create(builder.b); }

private:
  FusedKernelBuilder &builder;
  AffineMap point;
};

} // namespace dlc::fuse

FusedKernelBuilder::FusedKernelBuilder(const Group &group)
    : group(group), b(group.getRoot().getLoc(), group.getRoot().getContext()) {}

kernel::FusedOp FusedKernelBuilder::build() {
  b.setInsertionPointToEnd(&region.emplaceBlock());
  SmallVector<Value> yields;
  SmallVector<Type> types;
  for (const Place &output : group.outputs) {
    yields.push_back(read(output.value, output.map));
    types.push_back(output.value.getType());
  }
  kernel::YieldOp::create(b, yields);
  for (const Place &output : group.outputs)
    maps.push_back(output.map);

  const Loops &loops = group.loops;
  b.setLoc(fuseLocations());
  b.setInsertionPoint(group.getRoot());
  auto fused = kernel::FusedOp::create(
      b, types, /*name=*/"",
      kernel::choosePattern(loops.space.size(), loops.reduced), loops.space,
      loops.reduced, b.getAffineMapArrayAttr(maps), inputs,
      /*schedule=*/nullptr);
  fused.getBody().takeBody(region);
  return fused;
}

/// The scalar that `value` has where the kernel's loops meet `at`.
Value FusedKernelBuilder::read(Value value, AffineMap at) {
  if (Value known = scalars.lookup({value, at}))
    return known;
  auto op = value.getDefiningOp<prim::LoopOpInterface>();
  Value scalar =
      op && group.computes(op) ? compute(op, at) : addInput(value, at);
  scalars[{value, at}] = scalar;
  return scalar;
}

Value FusedKernelBuilder::compute(prim::LoopOpInterface op, AffineMap at) {
  std::optional<arith::AtomicRMWKind> combiner = findCombiner(op);
  AffineMap point = combiner ? group.loops.identity : at;
  SmallVector<Value> x;
  for (auto [i, operand] : llvm::enumerate(op->getOperands()))
    x.push_back(read(operand, op.getOperandMap(i).compose(point)));

  b.setLoc(op.getLoc());
  PointScope scope(*this, point);
  Value scalar = prim::buildElement(op, b, x, scope);
  if (!combiner)
    return scalar;
  // Halves are folded in f32 and rounded at the end.
  scalar = kernel::ReduceOp::create(b, *combiner, scalar);
  return prim::roundElement(b, scalar,
                            getElementTypeOrSelf(op->getResult(0).getType()));
}

Value FusedKernelBuilder::addInput(Value value, AffineMap at) {
  inputs.push_back(value);
  maps.push_back(at);
  Type element = cast<RankedTensorType>(value.getType()).getElementType();
  return region.front().addArgument(element, value.getLoc());
}

/// An affine expression in the dims of the space, as i32.
Value FusedKernelBuilder::buildIndex(AffineExpr expr) {
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return kernel::IndexOp::create(b, b.getI32Type(),
                                   b.getI64IntegerAttr(dim.getPosition()));
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return arith::ConstantOp::create(
        b, b.getI32IntegerAttr(int32_t(constant.getValue())));
  auto binary = cast<AffineBinaryOpExpr>(expr);
  Value lhs = buildIndex(binary.getLHS()), rhs = buildIndex(binary.getRHS());
  if (expr.getKind() == AffineExprKind::Add)
    return arith::AddIOp::create(b, lhs, rhs);
  assert(expr.getKind() == AffineExprKind::Mul && "maps only add and multiply");
  return arith::MulIOp::create(b, lhs, rhs);
}

/// The layers that this kernel computes for, in their order.
Location FusedKernelBuilder::fuseLocations() const {
  SmallVector<Operation *> members(group.members.begin(), group.members.end());
  llvm::sort(members,
             [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  SmallVector<Location> locations;
  for (Operation *op : members)
    locations.push_back(op->getLoc());
  return joinLocations(locations, group.getRoot().getLoc());
}
