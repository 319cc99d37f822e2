// What the texts of kernels need of the plan. It is the emitter that knows, so
// the pass stands here.
#include "compiler/Passes.h"
#include "compiler/emit/cuda/EmitCuda.h"
#include "compiler/emit/cuda/routines/Counts.h"
#include "llvm/Support/xxhash.h"

namespace dlc {
#define GEN_PASS_DEF_SCHEDULECUDA
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;

static int64_t countResults(const artifact::LibraryConvolution &conv,
                            int64_t maxBatch) {
  using Direction = artifact::LibraryConvolution::Direction;
  int64_t images = emit::cuda::routines::evaluate(conv.images, maxBatch);
  switch (conv.direction) {
  case Direction::Forward:
    return images * conv.rows.out * conv.columns.out * conv.filters;
  case Direction::InputGrad:
    return images * conv.rows.in * conv.columns.in * conv.channels;
  case Direction::KernelGrad:
    return conv.rows.window * conv.columns.window * conv.filters *
           (conv.channels / conv.groups);
  }
  return 0;
}

/// Threads of the largest of a launch's grids, at the largest batch. A library
/// has about one for each 64 results.
static int64_t countThreads(const emit::cuda::KernelText &text,
                            int64_t maxBatch) {
  using emit::cuda::routines::evaluate;
  if (const auto &product = text.product)
    return llvm::divideCeil(evaluate(product->parts, maxBatch) *
                                evaluate(product->rows, maxBatch) *
                                evaluate(product->columns, maxBatch),
                            64);
  int64_t most =
      text.convolution ? countResults(*text.convolution, maxBatch) / 64 : 0;
  for (const artifact::DeviceStage &stage : text.stages) {
    int64_t trips =
        stage.extent.trips * (stage.extent.timesBatch ? maxBatch : 1);
    most =
        std::max<int64_t>(most, llvm::divideCeil(trips, stage.perBlock) *
                                    stage.gridY * stage.gridZ * stage.threads);
  }
  return most;
}

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
      op->setAttr("kernel.threads",
                  b.getI64IntegerAttr(countThreads(*text, maxBatch)));
      if (emit::cuda::countsBlocks(*text))
        op->setAttr("kernel.shared_code",
                    b.getI64IntegerAttr(uint32_t(llvm::xxh3_64bits(
                        emit::cuda::skipComments(text->text)))));
      if (text->scratchBytes != 0)
        op->setAttr("kernel.scratch", b.getI64IntegerAttr(text->scratchBytes));
      return WalkResult::skip();
    });
    if (walked.wasInterrupted())
      signalPassFailure();
  }
};

} // namespace
