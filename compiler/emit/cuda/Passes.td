// A planned program becomes CUDA C++; the example is a test.

#ifndef DLC_EMIT_CUDA_PASSES
#define DLC_EMIT_CUDA_PASSES

include "mlir/Pass/PassBase.td"

def PrintCuda : Pass<"print-cuda", "::mlir::ModuleOp"> {
  let summary = "Prints the CUDA C++ of all kernels";
  let description = [{
    For tests: `dlc compile --emit cuda` does the same to a model.
  }];
  let options = [Option<"maxBatch", "max-batch", "int64_t", "32",
                        "The largest batch that the kernels run with">];
}

#endif // DLC_EMIT_CUDA_PASSES
