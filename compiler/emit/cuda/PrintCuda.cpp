// The text of a module's kernels, for tests.
#include "compiler/Passes.h"
#include "compiler/emit/cuda/EmitCuda.h"

namespace dlc {
#define GEN_PASS_DEF_PRINTCUDA
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace dlc;

namespace {

struct PrintCudaPass : dlc::impl::PrintCudaBase<PrintCudaPass> {
  using PrintCudaBase::PrintCudaBase;

  void runOnOperation() override {
    auto device = emit::cuda::emitCuda(getOperation(), maxBatch);
    if (failed(device))
      return signalPassFailure();
    llvm::outs() << device->text;
  }
};

} // namespace
