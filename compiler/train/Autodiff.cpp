// One backward walk: when it reaches an op, every user has added its share to
// the gradient of the op's results.
#include "compiler/train/Autodiff.h"
#include "dialects/prim/Build.h"
#include "dialects/prim/Prim.h"

using namespace mlir;
using namespace dlc;

/// The values that depend on some w of `wrt`: only these need a gradient.
static DenseSet<Value> findActive(ValueRange wrt, Block &block) {
  DenseSet<Value> active(wrt.begin(), wrt.end());
  for (Operation &op : block)
    if (llvm::any_of(op.getOperands(),
                     [&](Value v) { return active.contains(v); }))
      active.insert_range(op.getResults());
  return active;
}

FailureOr<SmallVector<Value>>
dlc::train::differentiate(Value loss, ValueRange wrt, ImplicitLocOpBuilder &b) {
  Block &block = *b.getInsertionBlock();
  DenseSet<Value> active = findActive(wrt, block);
  SmallVector<Operation *> forward = llvm::map_to_vector(
      block.without_terminator(), [](Operation &op) { return &op; });

  // d loss / d loss = 1
  DenseMap<Value, Value> grads;
  grads[loss] = prim::buildScalar(b, 1.0);
  for (Operation *op : llvm::reverse(forward)) {
    if (!llvm::any_of(op->getResults(),
                      [&](Value result) { return active.contains(result); }))
      continue;
    SmallVector<Value> resultGrads = llvm::map_to_vector(
        op->getResults(), [&](Value result) { return grads.lookup(result); });
    if (llvm::none_of(resultGrads, [](Value g) { return bool(g); }))
      continue;
    auto prim = dyn_cast<prim::DifferentiableOpInterface>(op);
    if (!prim)
      return op->emitError()
             << op->getName() << ": is not differentiable but the loss "
             << "depends on it; expand it to prim before train-step";
    b.setLoc(op->getLoc());
    for (auto [operand, grad] :
         llvm::zip_equal(op->getOperands(), prim.buildVjp(b, resultGrads))) {
      if (!grad || !active.contains(operand))
        continue;
      Value &sum = grads[operand];
      sum = sum ? prim::AddOp::create(b, sum, grad).getResult() : grad;
    }
  }

  return llvm::map_to_vector(wrt, [&](Value w) -> Value {
    if (Value grad = grads.lookup(w))
      return grad;
    return prim::buildSplat(b, w.getType(), 0.0);
  });
}
