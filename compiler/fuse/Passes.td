// Prims become kernels. In the order in which a model meets them; examples are tests.

#ifndef DLC_FUSE_PASSES
#define DLC_FUSE_PASSES

include "mlir/Pass/PassBase.td"

def FuseEpilogues : Pass<"fuse-epilogues", "::mlir::func::FuncOp"> {
  let summary = "A contraction or convolution takes its bias and its relu along";
  let description = [{
    From test/compiler/fuse/fuse-epilogues.mlir:

    ```mlir
    %0 = prim.dot %x, %w batch [] x [] contract [1] x [0] : ...
    %1 = prim.broadcast %b along [0] : tensor<4xf32> -> tensor<?x4xf32>
    %2 = prim.add %0, %1 : tensor<?x4xf32>, tensor<?x4xf32>
    %3 = prim.relu %2 : tensor<?x4xf32>
    // becomes
    %3 = kernel.library "" "dot" {activation = "relu", bias = true, ...}
        flops 2.4e+01 (%x, %w, %b) : ...
    ```

    A value in between that anything else reads keeps the rest outside. The
    gradient of relu reads its result, so training loses nothing by it.
  }];
  let dependentDialects = ["::dlc::kernel::KernelDialect"];
}

def FuseKernels : Pass<"fuse-kernels", "::mlir::func::FuncOp"> {
  let summary = "prim becomes kernel: loop nests that share a space are fused";
  let description = [{
    Greedy: from the last prim to the first, each one still needed roots a kernel
    that takes in every producer that fits. Computed more than once is only what
    costs less than to store it: constants, broadcasts, indices, and a few cheap
    scalar ops on one tensor. From test/compiler/fuse/fuse-kernels.mlir:

    ```mlir
    %0 = prim.mul %x, %x : tensor<?x3xf32>, tensor<?x3xf32>
    %1 = prim.reduce_sum %0 over [1] : tensor<?x3xf32>
    %2 = prim.sqrt %1 : tensor<?xf32>
    // becomes
    %2 = kernel.fused "norm_k0" row_reduction over [?, 3] reduced [1]
        maps [...] (%x) : (tensor<?x3xf32>) -> tensor<?xf32> {
    ^bb0(%e: f32):
      %square = arith.mulf %e, %e : f32
      %sum = kernel.reduce addf %square : f32
      %root = math.sqrt %sum : f32
      kernel.yield %root : f32
    }
    ```

    A producer that others read behind the root becomes a further output. Where
    rows are added up into columns, or everything into one number, what depends
    on the sum may leave the kernel but not meet the elements again. Ops with a
    routine become kernel.library, reshapes kernel.view.
  }];
  let options = [Option<"fuse", "fuse", "bool", "true",
                        "Off: every prim is a kernel of its own">,
                 Option<"explain", "explain", "bool", "false",
                        "Kernels note why they are what they are">];
  let dependentDialects = ["::dlc::kernel::KernelDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect"];
}

def MergeKernels : Pass<"merge-kernels", "::mlir::func::FuncOp"> {
  let summary = "Kernels with the same loops over the same tensors become one";
  let description = [{
    Two reductions over one tensor, as the sums of a gradient and of its product
    with something, read it once. A merged kernel stands where the later one
    stood if nothing needs its outputs before, else where the earlier one stood
    if all inputs are there. From test/compiler/fuse/merge-kernels.mlir:

    ```mlir
    %0 = kernel.fused "k0" column_reduction over [?, 3] reduced [0] ... (%g)
    %1 = kernel.fused "k1" column_reduction over [?, 3] reduced [0] ... (%g, %x)
    // becomes
    %0:2 = kernel.fused "k0" column_reduction over [?, 3] reduced [0] ... (%g, %x)
    ```
  }];
  let options = [Option<"launchBytes", "launch-bytes", "int64_t", "32768",
                        "Kernels that move no more than this are merged even if "
                        "they share no tensor">,
                 Option<"updates", "updates", "bool", "false",
                        "Updates of states go with the sums that they wait for; "
                        "chain-kernels would not take such a kernel along">,
                 Option<"explain", "explain", "bool", "false",
                        "Kernels keep the notes of fuse-kernels and add theirs">];
  let dependentDialects = ["::dlc::kernel::KernelDialect"];
}

def DeriveInputs : Pass<"derive-inputs", "::mlir::func::FuncOp"> {
  let summary = "What follows from a kernel's other inputs is no input";
  let description = [{
    A kernel that reads a tensor, and all elements that this one was made of with a
    few additions, products or comparisons, makes it again. So the gradient of a relu
    behind a BatchNormalization takes its mask from what the gradient of the
    normalisation reads anyway. From test/compiler/fuse/derive-inputs.mlir:

    ```mlir
    %y = kernel.fused "k0" pointwise over [?, 4] ... (%x, %scale, %shift)
    %0 = kernel.fused "k1" column_reduction over [?, 4] ... (%y, %g, %x)
    // becomes
    %0 = kernel.fused "k1" column_reduction over [?, 4] ... (%g, %x, %scale, %shift)
    ```
  }];
  let dependentDialects = ["::dlc::kernel::KernelDialect"];
}

def OnePassMoments : Pass<"one-pass-moments", "::mlir::func::FuncOp"> {
  let summary = "Mean and variance of columns need no second reading";
  let description = [{
    For CUDA only, and before a second merge-kernels, which then joins the two: the
    sum of (x - mean)^2, where another kernel makes the mean of the same columns,
    becomes the sum of x^2 without that of x times the mean. Both are added up as
    doubles: no square loses a bit, and what cancels leaves more of the variance
    than the rounding of the mean to a float would. From
    test/compiler/fuse/one-pass-moments.mlir:

    ```mlir
    %d = arith.subf %x, %mean : f32
    %dd = arith.mulf %d, %d : f32
    %squares = kernel.reduce addf %dd : f32
    // becomes
    %w = arith.extf %x : f32 to f64
    %sum = kernel.reduce addf %w : f64
    %ww = arith.mulf %w, %w : f64
    %all = kernel.reduce addf %ww : f64
    // %all - %sum * (%sum / %count), not below zero, as a float
    ```
  }];
  let dependentDialects = ["::dlc::kernel::KernelDialect"];
}

def ChainKernels : Pass<"chain-kernels", "::mlir::func::FuncOp"> {
  let summary = "A routine goes on with its elements: call and kernel, one launch";
  let description = [{
    For a target that writes routines itself, so for CUDA only. A kernel that reads
    the result of a contraction or convolution element by element, all of them, and
    adds up at most its columns, becomes one launch with it. What else needs the result gets it
    as an output. From test/compiler/fuse/chain-kernels.mlir:

    ```mlir
    %g = kernel.library "k0" "dot" {...} (%x, %w) : ...
    %dy, %db = kernel.fused "k1" column_reduction over [?, 8] reduced [0] ... (%g, %y)
    // becomes
    %dy, %db = kernel.chain "k0" (%x, %w, %y) : ... {
      %0 = kernel.library "k0" "dot" {...} (%a, %b) : ...
      %1:2 = kernel.fused "k0" column_reduction over [?, 8] reduced [0] ... (%0, %c)
      kernel.yield %1#0, %1#1
    }
    ```

    The chain stands where the call stood if all that the kernel reads is there, or
    can be made before it of small tensors; else where the kernel stood if nobody
    needs the result earlier and no state that the call reads is updated on the way.
    A kernel that updates a state element by element stays outside, for it could not
    write it in place.
  }];
  let dependentDialects = ["::dlc::kernel::KernelDialect"];
}

def GroupKernels : Pass<"group-kernels", "::mlir::func::FuncOp"> {
  let summary = "Small kernels that do not wait for each other become one launch";
  let description = [{
    For a GPU, where a launch costs 2.5 microseconds: the updates of all weights, and
    what else nobody waits for, run side by side at the end of the step; of the
    others those between whose places nobody needs a result. No member reads a
    state that another one writes, and of sums only short ones are members. From
    test/compiler/fuse/group-kernels.mlir:

    ```mlir
    %0 = kernel.fused "k0" pointwise over [5, 4] ... (%w, %dw)
    %1 = kernel.library "k1" "dot" ...
    %2 = kernel.fused "k2" pointwise over [4] ... (%b, %1)
    return %0, %2
    // becomes
    %1 = kernel.library "k0" "dot" ...
    %2:2 = kernel.group "k1" (%w, %dw, %b, %1) : ... {
      %3 = kernel.fused "k1_0" pointwise over [5, 4] ...
      %4 = kernel.fused "k1_1" pointwise over [4] ...
      kernel.yield %3, %4 : tensor<5x4xf32>, tensor<4xf32>
    }
    return %2#0, %2#1
    ```

    A kernel of whose tensors more than 6 MB would wait stays where it is: they
    would leave the cache, which costs more than the launch. At most 64 MB wait
    for one group.
  }];
  let options = [Option<"maxBatch", "max-batch", "int64_t", "32",
                        "The largest batch that the kernels run with">];
  let dependentDialects = ["::dlc::kernel::KernelDialect"];
}

def ExplainKernels : Pass<"explain-kernels", "::mlir::func::FuncOp"> {
  let summary = "Every launch says why it was formed and what kept it from growing";
  let description = [{
    Of the notes that fuse-kernels and merge-kernels left with their option
    `explain` it makes sentences, on both kernels that could have been one, and
    removes the notes. Nothing else changes. From
    test/compiler/fuse/explain-kernels.mlir:

    ```mlir
    %0 = kernel.fused "stop_k0" ... (%x) {kernel.formed = ["forms around ..."]}
    %1 = kernel.library "stop_k1" "dot" ... (%0, %w)
    // becomes
    %0 = kernel.fused "stop_k0" ... (%x) {kernel.reasons = ["forms around ...",
        "stops at stop_k1 (...): a call of the routine dot takes no prologue"]}
    %1 = kernel.library "stop_k1" "dot" ... (%0, %w) {kernel.reasons = [...]}
    ```
  }];
  let options = [Option<"onGpu", "on-gpu", "bool", "false",
                        "Routines go on with their elements, as chain-kernels "
                        "lets them">];
  let dependentDialects = ["::dlc::kernel::KernelDialect"];
}

#endif // DLC_FUSE_PASSES
