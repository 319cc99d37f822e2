// Puts kernels in an order in which less is live at once.
#include "compiler/Passes.h"
#include "compiler/plan/KernelGraph.h"
#include "compiler/plan/order/Orders.h"
#include "dialects/kernel/Views.h"

namespace dlc {
#define GEN_PASS_DEF_ORDERKERNELS
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;
using namespace dlc::plan;

namespace {

/// Moves ops in front of the end one after the other, each with the views that
/// it is the first to read.
class Mover {
public:
  explicit Mover(Operation *exit) : exit(exit) {}

  void move(Operation *op) {
    for (Value operand : op->getOperands())
      if (auto view = operand.getDefiningOp<kernel::ViewOp>();
          view && moved.insert(view).second)
        move(view);
    if (op != exit)
      op->moveBefore(exit);
  }

  /// The end itself, and views that nothing reads.
  void finish() {
    move(exit);
    for (auto view :
         llvm::to_vector(exit->getBlock()->getOps<kernel::ViewOp>()))
      if (moved.insert(view).second)
        move(view);
  }

private:
  Operation *exit;
  DenseSet<Operation *> moved;
};

struct OrderKernelsPass : dlc::impl::OrderKernelsBase<OrderKernelsPass> {
  using OrderKernelsBase::OrderKernelsBase;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    KernelGraph kernels = buildKernelGraph(func, maxBatch);
    Order order = chooseOrder(kernels.graph);
    if (llvm::is_sorted(order))
      return;
    Operation *exit = func.getBody().front().getTerminator();
    Mover mover(exit);
    for (unsigned task : order)
      mover.move(kernels.kernels[task]);
    mover.finish();
  }
};

} // namespace
