// Forms kernels greedily, last prim first, so that every user of a prim is
// placed before it.
#include "compiler/Passes.h"
#include "compiler/fuse/FusedKernelBuilder.h"
#include "compiler/fuse/Kernels.h"
#include "compiler/fuse/explain/ExplainGroup.h"
#include "compiler/fuse/explain/Reasons.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace dlc {
#define GEN_PASS_DEF_FUSEKERNELS
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;
using namespace dlc::fuse;

/// Writes the group's kernel in place of its root and erases its members.
static Operation *replaceGroup(const Group &group, bool explain) {
  kernel::FusedOp fused = FusedKernelBuilder(group).build();
  if (explain) {
    setStrings(fused, formedKey, explainForming(group));
    setStrings(fused, refusalsKey,
               llvm::map_to_vector(fused.getInputs(), [&](Value input) {
                 return explainRefusal(group, input);
               }));
  }
  for (auto [output, result] :
       llvm::zip_equal(group.outputs, fused.getOutputs()))
    Value(output.value).replaceAllUsesWith(result);
  SmallVector<Operation *> members(group.members.begin(), group.members.end());
  llvm::sort(members,
             [](Operation *a, Operation *b) { return b->isBeforeInBlock(a); });
  for (Operation *op : members)
    op->erase();
  return fused;
}

/// prim.dot and the like become a call of their routine.
static Operation *replaceLibraryOp(prim::LibraryOpInterface op) {
  ImplicitLocOpBuilder b(joinLocations(op.getLoc(), op.getLoc()), op);
  // The batch's size is known only when a step runs: count for one sample.
  auto call = kernel::LibraryOp::create(
      b, op->getResultTypes(), /*name=*/"", op.getRoutine(), op.getConfig(),
      APFloat(op.getFlops(1)), op->getOperands());
  op->replaceAllUsesWith(call.getOperation());
  op->erase();
  return call;
}

/// The same bytes in the same place.
static Operation *replaceReshape(prim::ReshapeOp op) {
  ImplicitLocOpBuilder b(op.getLoc(), op);
  auto view = kernel::ViewOp::create(b, op.getType(), op.getX());
  op->replaceAllUsesWith(view.getOperation());
  op->erase();
  return view;
}

namespace {

struct FuseKernelsPass : dlc::impl::FuseKernelsBase<FuseKernelsPass> {
  using FuseKernelsBase::FuseKernelsBase;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    Operation *op = &func.getBody().front().back();
    while (op) {
      FailureOr<Operation *> kernel = replace(op);
      if (failed(kernel))
        return signalPassFailure();
      op = *kernel;
    }
    nameKernels(func);
  }

  /// Replaces `op` if it is a prim, and returns the op to go on from. What the
  /// kernels behind it took in is dead by now.
  FailureOr<Operation *> replace(Operation *op) {
    if (isOpTriviallyDead(op)) {
      Operation *previous = op->getPrevNode();
      op->erase();
      return previous;
    }
    if (!isa<prim::PrimDialect>(op->getDialect()))
      return op->getPrevNode();
    Operation *kernel;
    if (auto reshape = dyn_cast<prim::ReshapeOp>(op))
      kernel = replaceReshape(reshape);
    else if (auto library = dyn_cast<prim::LibraryOpInterface>(op))
      kernel = replaceLibraryOp(library);
    else if (auto loop = dyn_cast<prim::LoopOpInterface>(op))
      kernel =
          replaceGroup(fuse ? growGroup(loop) : isolateRoot(loop), explain);
    else
      return op->emitError()
             << op->getName()
             << ": has neither loops nor a routine but becomes a kernel here; "
                "run --decompose-composites first";
    // Asked now, its place among the others follows from its neighbours'. Of
    // two new ones side by side it would not, and MLIR would number the whole
    // program again for each kernel.
    if (Operation *next = kernel->getNextNode())
      kernel->isBeforeInBlock(next);
    return kernel->getPrevNode();
  }
};

} // namespace
