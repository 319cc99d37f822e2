// What the texts of kernels need of the plan. It is the emitter that knows, so
// the pass stands here.
#include "compiler/Passes.h"
#include "compiler/emit/cuda/EmitCuda.h"

namespace dlc {
#define GEN_PASS_DEF_SCHEDULECUDA
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;

namespace {

struct ScheduleCudaPass : dlc::impl::ScheduleCudaBase<ScheduleCudaPass> {
  using ScheduleCudaBase::ScheduleCudaBase;

  void runOnOperation() override {
    Builder b(&getContext());
    auto walked = getOperation().walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (!emit::cuda::isLaunch(op))
        return WalkResult::advance();
      auto text = emit::cuda::emitKernel(op, maxBatch);
      if (failed(text))
        return WalkResult::interrupt();
      if (text->scratchBytes != 0)
        op->setAttr("kernel.scratch", b.getI64IntegerAttr(text->scratchBytes));
      return WalkResult::skip();
    });
    if (walked.wasInterrupted())
      signalPassFailure();
  }
};

} // namespace
