// Planned programs become text. In the order in which a model meets them; examples are tests.

#ifndef DLC_EMIT_PASSES
#define DLC_EMIT_PASSES

include "mlir/Pass/PassBase.td"

def PrintCuda : Pass<"print-cuda", "::mlir::ModuleOp"> {
  let summary = "Prints the CUDA C++ of all kernels";
  let description = [{
    For tests: `dlc compile --emit cuda` does the same to a model.
  }];
  let options = [Option<"maxBatch", "max-batch", "int64_t", "32",
                        "The largest batch that the kernels run with">];
}

#endif // DLC_EMIT_PASSES
