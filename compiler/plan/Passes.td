// Kernels get an order, streams and memory. In the order in which a model meets them; examples are tests.

#ifndef DLC_PLAN_PASSES
#define DLC_PLAN_PASSES

include "mlir/Pass/PassBase.td"

def AssignStates : Pass<"assign-states", "::mlir::func::FuncOp"> {
  let summary = "Every new value of a state is written by a kernel in place";
  let description = [{
    A kernel may write a state's new value over the old one if nothing reads the
    old one later and the kernel itself reads each element just before it writes
    it. Where that does not hold, the value stays in the arena and a kernel at the
    end of the step copies it. From test/compiler/plan/assign-states.mlir:

    ```mlir
    func.func @library(%w: tensor<4xf32> {dlc.state = "w"})
        -> (tensor<4xf32> {dlc.state = "w"}) {
      %0 = kernel.library "k0" "pad" ... (%w)
      return %0 : tensor<4xf32>
    }
    // becomes
      %0 = kernel.library "k0" "pad" ... (%w)
      %1 = kernel.fused "library_copy0" pointwise over [4] ... (%0)
      return %1 : tensor<4xf32>
    ```
  }];
  let dependentDialects = ["::dlc::kernel::KernelDialect"];
}

def ChooseWinograd : Pass<"choose-winograd", "::mlir::func::FuncOp"> {
  let summary = "Convolutions that Winograd's algorithm makes cheaper on a CPU say so";
  let description = [{
    A cost of shapes alone, for a nominal batch: neither the clock nor the batch at
    hand changes results. A CPU without AVX-512 computes directly all the same.
    From test/compiler/plan/choose-winograd.mlir:

    ```mlir
    %0 = kernel.library "a" "conv2d" {dilation = array<i64: 1, 1>, groups = 1 : i64, padding = [[1, 1], [1, 1]], strides = array<i64: 1, 1>}
        flops 0.0 (%x, %k) : (tensor<?x56x56x64xf32>, tensor<3x3x64x64xf32>) -> tensor<?x56x56x64xf32>
    // becomes
    %0 = kernel.library "a" "conv2d" {..., winograd = true} ...
    ```
  }];
  let dependentDialects = ["::dlc::kernel::KernelDialect"];
}

def ChoosePrecision : Pass<"choose-precision", "::mlir::func::FuncOp"> {
  let summary = "Contractions say how a GPU multiplies them";
  let description = [{
    For CUDA, where it is the emitter that follows: see docs/compiler/EmitCudaRoutines.md.
    Of halves there is one way, which is written down for who reads the plan.
    From test/compiler/plan/choose-precision.mlir:

    ```mlir
    %1 = kernel.library "b" "dot" {...} flops 0.0 (%0, %w) : ...
    // becomes
    %1 = kernel.library "b" "dot" {..., precision = "tf32"} flops 0.0 (%0, %w) : ...
    ```
  }];
  let options = [Option<"precision", "precision", "std::string", "\"tf32\"",
                        "Of float32: ieee, which is not written, tf32 or tf32x3">];
  let dependentDialects = ["::dlc::kernel::KernelDialect"];
}

def ChooseLibraries : Pass<"choose-libraries", "::mlir::func::FuncOp"> {
  let summary = "Products and convolutions that a library computes in less time are given to it";
  let description = [{
    For CUDA, where it is the emitter that knows what our kernels take: see
    docs/compiler/EmitCudaRoutines.md. A dot gets the attribute `kernel.by`; a
    kernel.chain whose dot gets it comes apart, because the library takes along no
    more than a bias and a relu, and what that costs counts. From
    test/compiler/emit/cuda/choose-libraries.mlir:

    ```mlir
    %0 = kernel.chain "k0" (%x, %w, %r) : (...) -> tensor<?x2048xf32> {...}
    // becomes
    %0 = kernel.library "k0" "dot" {...} flops 0.0 (%x, %w) {kernel.by = "cublaslt"} : ...
    %1 = kernel.fused "k0" pointwise over [?, 2048] ... (%0, %r) : ...
    ```

    A convolution and its gradients get `kernel.by = "cudnn"` likewise; a chain of
    one comes apart in the same way. Without `always` a call is given to the library
    where this machine has it and the GPU is predicted to be done much earlier.
  }];
  let options = [Option<"maxBatch", "max-batch", "int64_t", "32",
                        "The largest batch that the kernels run with">,
                 Option<"capability", "capability", "int", "80",
                        "Of the GPU that times are predicted for: 90 for 9.0">,
                 Option<"always", "always", "bool", "false",
                        "Every call that a library has, whatever it takes">];
  let dependentDialects = ["::dlc::kernel::KernelDialect"];
}

def ScheduleHost : Pass<"schedule-host", "::mlir::func::FuncOp"> {
  let summary = "Every kernel gets its parallel loops and its scratch on a CPU";
  let description = [{
    All that a CPU's emitter would have to choose is chosen here and depends on
    the kernel alone, so that results do not depend on the number of threads. From
    test/compiler/plan/schedule-host.mlir: a sum over rows without kept leading
    loops is cut into chunks, whose shares lie in scratch.
  }];
  let dependentDialects = ["::dlc::kernel::KernelDialect"];
}

def ScheduleCuda : Pass<"schedule-cuda", "::mlir::func::FuncOp"> {
  let summary = "Every kernel gets the scratch that its CUDA code needs";
  let description = [{
    The attribute `kernel.scratch` of a kernel.fused or kernel.library is a number
    of bytes that its stages need beside operands and results. From
    test/compiler/emit/cuda/schedule-cuda.mlir: rows that are added up into
    columns are cut into chunks, whose sums lie in scratch. Also how many threads each
    launch has, and whose code counts blocks in a variable: what streams go by.
  }];
  let options = [Option<"maxBatch", "max-batch", "int64_t", "32",
                        "The largest batch that the kernels run with">];
  let dependentDialects = ["::dlc::kernel::KernelDialect"];
}

def OrderKernels : Pass<"order-kernels", "::mlir::func::FuncOp"> {
  let summary = "Kernels run in an order in which less is live at once";
  let description = [{
    Of several orders the one with the lowest peak, its surroundings then
    rearranged in the best way; program order where nothing gains. A state is
    still overwritten after all its readers. From
    test/compiler/plan/order-kernels.mlir, of which the sums are small:

    ```mlir
    %0 = kernel.fused "a" ... (%x)
    %1 = kernel.fused "b" ... (%x)
    %2 = kernel.fused "sum_a" ... (%0)
    %3 = kernel.fused "sum_b" ... (%1)
    // becomes
    %0 = kernel.fused "a" ... (%x)
    %1 = kernel.fused "sum_a" ... (%0)
    %2 = kernel.fused "b" ... (%x)
    %3 = kernel.fused "sum_b" ... (%2)
    ```
  }];
  let options = [Option<"maxBatch", "max-batch", "int64_t", "32",
                        "The largest batch that fits the plan">];
  let dependentDialects = ["::dlc::kernel::KernelDialect"];
}

def Rematerialise : Pass<"rematerialise", "::mlir::ModuleOp"> {
  let summary = "Tensors are computed again until the step fits a limit";
  let description = [{
    While states and arena take more than the limit, the tensor that is live at
    the peak and gives most (bytes times launches) for what its kernel moves or
    computes is not kept: a clone of the kernel, with those whose results it
    needs, runs before the late readers. Results have the same bits. From
    test/compiler/plan/rematerialise.mlir:

    ```mlir
    %0 = kernel.fused "cheap" ... (%x)
    %1 = kernel.library "early" ... (%0)
    %2 = kernel.library "peak" ... (%1)
    %3 = kernel.library "late" ... (%2, %0)
    // becomes
    %0 = kernel.fused "cheap" ... (%x)
    %1 = kernel.library "early" ... (%0)
    %2 = kernel.library "peak" ... (%1)
    %3 = kernel.fused "cheap_again0" ... (%x) {kernel.recomputes = "cheap"}
    %4 = kernel.library "late" ... (%2, %3)
    ```
  }];
  let options = [Option<"maxBatch", "max-batch", "int64_t", "32",
                        "The largest batch that fits the plan">,
                 Option<"limit", "limit", "int64_t", "0",
                        "Bytes that states and arena may take together">];
  let dependentDialects = ["::dlc::kernel::KernelDialect"];
}

def AssignStreams : Pass<"assign-streams", "::mlir::func::FuncOp"> {
  let summary = "Launches that leave room on a GPU run beside others";
  let description = [{
    Launches are placed in their order, each in the stream where it ends first:
    beside others while all together fill at most the whole GPU, by the threads of
    their grids and the time that their bytes and operations take. A launch of
    another stream is waited for unless it is over anyway; launches whose code
    counts blocks in one counter stay one after the other. All are left in one
    stream where several gain less than a twentieth of the time. What costs more
    than a twentieth of the memory, if that is over 4 MiB, takes fewer streams.
    plan-memory keeps apart what may be live at once, and check-plan proves it.
    From test/compiler/plan/streams/assign-streams.mlir, of two towers of two kernels
    each:

    ```mlir
    %0 = kernel.fused "left_0" ... {kernel.stream = 0 : i64, ...} (%x)
    %1 = kernel.fused "left_1" ... {kernel.stream = 0 : i64, ...} (%0)
    %2 = kernel.fused "right_0" ... {kernel.stream = 1 : i64, ...} (%x)
    %3 = kernel.fused "right_1" ... {kernel.stream = 1 : i64, ...} (%2)
    %4 = kernel.fused "sum" ... {kernel.stream = 0 : i64, kernel.waits = array<i64: 3>} (%1, %3)
    ```
  }];
  let options = [Option<"maxBatch", "max-batch", "int64_t", "32",
                        "The largest batch that fits the plan">,
                 Option<"streams", "streams", "unsigned", "4",
                        "The most streams of a program">];
  let dependentDialects = ["::dlc::kernel::KernelDialect"];
}

def PlanMemory : Pass<"plan-memory", "::mlir::ModuleOp"> {
  let summary = "Every tensor gets a place: states are shared, the arena reused";
  let description = [{
    Places are for the largest batch. From test/compiler/plan/plan-memory.mlir, of
    four tensors in a chain two share each place:

    ```mlir
    func.func @chain(%x: tensor<?x8xf32> {dlc.place = #kernel.place<"arena", 0, 512>},
                     %w: tensor<8xf32> {dlc.place = #kernel.place<"state", 0, 32>})
    %0 = kernel.fused "k0" ... {kernel.places = [#kernel.place<"arena", 512, 512>]}
    %1 = kernel.fused "k1" ... {kernel.places = [#kernel.place<"arena", 0, 512>]}
    %2 = kernel.fused "k2" ... {kernel.places = [#kernel.place<"arena", 512, 512>]}
    ```

    A kernel.fused writes over an input that nothing reads later if it reads each
    element just where it writes it: had the chain no transposes, all four would
    share one place. What lies where is decided by several greedy packings, then
    by exact search, until the arena is as small as what is live at once.
  }];
  let options = [Option<"maxBatch", "max-batch", "int64_t", "32",
                        "The largest batch that fits the plan">,
                 Option<"reuse", "reuse", "bool", "true",
                        "Off: no two tensors share a place">];
  let dependentDialects = ["::dlc::kernel::KernelDialect"];
}

def CheckPlan : Pass<"check-plan", "::mlir::ModuleOp"> {
  let summary = "Proves that no tensor is overwritten while it is needed";
  let description = [{
    Runs the launches of each function over a memory that only knows whose bytes
    lie where: every read must find its own tensor whole, every write lies in its
    region, aligned, and meets nothing that its kernel reads but in place. It
    shares no code with the passes before it, runs at the end of every
    compilation, and changes nothing. Of launches in several streams it also
    compares all pairs that may run side by side. From
    test/compiler/plan/check-plan.mlir:

    ```mlir
    %0 = kernel.fused "k0" ... (%x) {kernel.places = [#kernel.place<"arena", 64, 64>]}
    %1 = kernel.fused "k1" ... (%x) {kernel.places = [#kernel.place<"arena", 64, 64>]}
    %2 = kernel.fused "k2" ... (%0) ...
    // error: plan of @lost: kernel "k2" reads operand 0 at bytes 64 to 128 of the
    // arena but something else was written there since; ...
    ```
  }];
  let dependentDialects = ["::dlc::kernel::KernelDialect"];
}

#endif // DLC_PLAN_PASSES
