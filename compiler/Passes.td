// The passes in the order in which a model meets them; examples are their tests.

#ifndef DLC_PASSES
#define DLC_PASSES

include "mlir/Pass/PassBase.td"

//===-- expand ------------------------------------------------------------===//

def ExpandLayers : Pass<"expand-layers", "::mlir::ModuleOp"> {
  let summary = "layer becomes prim: each layer states its mathematics";
  let description = [{
    The module's main `layer.model` becomes two functions: `@predict`, as the
    model behaves in inference, and `@forward`, as it behaves in training.
    Nested models are expanded where they are called. Inputs and the weights of
    layers become arguments in the order of the layers; `layer.compile` stays.

    Arguments carry `dlc.input = "name"` or `dlc.state = "layer/weight"` (with
    `dlc.trainable` where the optimizer may change it, and `dlc.h5` for its place
    in model.weights.h5). Results of both functions are the model's outputs with
    `dlc.output = "name"`; those of `@forward` go on with new values of states
    (`dlc.state = "bn/moving_mean"`) and scalar losses of layers and regularisers
    (`dlc.loss = "fc/kernel"`). A layer that draws random numbers takes the
    arguments `dlc.state = "seed"` and `dlc.state = "step"`, i32 scalars. From
    test/compiler/expand/expand-layers.mlir:

    ```mlir
    layer.model @dense {
      %x = layer.input "x" {shape = [5, 3]}
      %y = layer.dense "fc" %x {units = 4, use_bias = false} : tensor<?x5x3xf32>
      layer.output %y : tensor<?x5x4xf32>
    }
    // becomes, and @forward alike
    func.func @predict(%x: tensor<?x5x3xf32> {dlc.input = "x"},
                       %w: tensor<3x4xf32> {dlc.state = "fc/kernel", ...})
        -> (tensor<?x5x4xf32> {dlc.output = "fc"}) {
      %y = prim.dot %x, %w batch [] x [] contract [2] x [0] : ...
      return %y : tensor<?x5x4xf32>
    }
    ```
  }];
  let dependentDialects = ["::mlir::func::FuncDialect",
                           "::dlc::prim::PrimDialect"];
}

//===-- train -------------------------------------------------------------===//

def TrainStep : Pass<"train-step", "::mlir::ModuleOp"> {
  let summary = "Functions that train and evaluate, from the forward ones";
  let description = [{
    From `layer.compile`, `@predict` and `@forward` come `@evaluate` (loss and
    metrics) and `@train` (loss, gradients, clipping, optimizer, metrics; it
    replaces `@forward`), and on demand `@gradients`; the option `programs` leaves
    out what a command does not run. Targets become arguments
    with `dlc.target = "output name"` (`dlc.classes` where it holds labels), the
    weight of each sample one with `dlc.sample_weight`. States that a function
    changes are results with `dlc.state`; the batch's loss is `dlc.output =
    "loss"`. From test/compiler/train/train-step.mlir:

    ```mlir
    func.func @forward(%x, %w) -> (%y {dlc.output = "fc"})
    layer.compile @m {
      layer.optimizer_sgd {learning_rate = 0.5, momentum = 0.9}
      layer.loss_mean_squared_error
    }
    // becomes
    func.func @train(%x, %w,
        %t: tensor<?x2xf32> {dlc.target = "fc"},
        %s: tensor<?xf32> {dlc.sample_weight = "sample_weight"},
        ... %m: tensor<3x2xf32> {dlc.state = "optimizer/fc/kernel/momentum"})
        -> (tensor<f32> {dlc.output = "loss"},
            tensor<3x2xf32> {dlc.state = "fc/kernel"}, ...) {
      %y = prim.dot %x, %w ...
      ...
      %dw = prim.dot %x, %dy batch [] x [] contract [0] x [0] : ...
    }
    ```
  }];
  let options = [ListOption<"programs", "programs", "std::string",
                            "The functions to make or keep: train, evaluate, "
                            "predict, gradients. None: the first three">];
  let dependentDialects = ["::mlir::func::FuncDialect",
                           "::dlc::prim::PrimDialect"];
}

//===-- simplify ----------------------------------------------------------===//

def FoldPadding : Pass<"fold-padding", "::mlir::func::FuncOp"> {
  let summary = "Zeros around an image become the padding of its convolutions";
  let description = [{
    A padded image is written once and read once for nothing: a convolution pads
    as it reads. Run before gradients are taken, so that these neither pad nor
    cut. From test/compiler/simplify/fold-padding.mlir:

    ```mlir
    %0 = prim.pad %x low [0, 0, 0, 0] high [0, 1, 1, 0] interior [0, 0, 0, 0] : tensor<?x8x8x3xf32>
    %1 = prim.conv2d %0, %k strides [2, 2] padding [0, 0, 0, 0] dilation [1, 1] groups 1
    // becomes
    %1 = prim.conv2d %x, %k strides [2, 2] padding [0, 1, 0, 1] dilation [1, 1] groups 1
    ```

    The padded image stays where anything but a convolution reads it, and where
    whole windows would lie in the padding.
  }];
  let dependentDialects = ["::dlc::prim::PrimDialect"];
}

def FoldScales : Pass<"fold-scales", "::mlir::func::FuncOp"> {
  let summary = "A scale of channels goes into the kernel of the contraction before it";
  let description = [{
    A BatchNormalization by moving statistics is a scale and a shift of each
    channel. The scale costs less in the kernel than on the images, and the shift
    is left as a bias, which a routine takes along. Weights change in training, so
    the step scales them each time. From test/compiler/simplify/fold-scales.mlir:

    ```mlir
    %0 = prim.conv2d %x, %k ... : tensor<?x8x8x3xf32>, tensor<3x3x3x4xf32>
    %1 = prim.mul %0, %scales : tensor<?x6x6x4xf32>, tensor<?x6x6x4xf32>
    %2 = prim.add %1, %shifts : tensor<?x6x6x4xf32>, tensor<?x6x6x4xf32>
    // becomes
    %s = prim.broadcast %scale along [0, 1, 2] : tensor<4xf32> -> tensor<3x3x3x4xf32>
    %0 = prim.mul %k, %s : tensor<3x3x3x4xf32>, tensor<3x3x3x4xf32>
    %1 = prim.conv2d %x, %0 ... : tensor<?x8x8x3xf32>, tensor<3x3x3x4xf32>
    %2 = prim.add %1, %shifts : tensor<?x6x6x4xf32>, tensor<?x6x6x4xf32>
    ```

    Biases, pads by zero and transposes may stand in between. It is done where it
    pays: where the kernel has fewer elements than the images of the largest
    batch, and where no loop nest is left behind the contraction that would read
    its result in any case. Run before gradients are taken: those of a frozen
    BatchNormalization become cheaper alike.
  }];
  let options = [Option<"maxBatch", "max-batch", "int64_t", "32",
                        "The largest batch that a function runs with">];
  let dependentDialects = ["::dlc::prim::PrimDialect"];
}

def CancelBiases : Pass<"cancel-biases", "::mlir::func::FuncOp"> {
  let summary = "A bias that a normalisation takes away again is not added";
  let description = [{
    A BatchNormalization in training subtracts the mean of the batch, and with it
    any bias before it. Such a bias has gradient zero; a framework computes what
    rounding leaves of it. Run before gradients are taken. From
    test/compiler/simplify/cancel-biases.mlir:

    ```mlir
    %c = prim.add %x, %biases : tensor<?x4xf32>, tensor<?x4xf32>
    %sum = prim.reduce_sum %c over [0] : tensor<?x4xf32>
    %mean = prim.div %sum, %counts : tensor<4xf32>, tensor<4xf32>
    // becomes
    %sum = prim.reduce_sum %x over [0] : tensor<?x4xf32>
    %mean = prim.div %sum, %counts : tensor<4xf32>, tensor<4xf32>
    %moving = prim.add %mean, %bias : tensor<4xf32>, tensor<4xf32>
    ```

    Only the moving mean gets the bias.
  }];
  let dependentDialects = ["::dlc::prim::PrimDialect"];
}

def DecomposeComposites : Pass<"decompose-composites", "::mlir::func::FuncOp"> {
  let summary = "Composite prims become their definitions once gradients are taken";
  let description = [{
    A softmax has its own gradient, shorter and more exact than that of its
    definition; once gradients are taken its definition fuses better than a name
    does. Composites inside definitions open too. Tested by
    test/compiler/simplify/decompose-composites.mlir.
  }];
  let dependentDialects = ["::dlc::prim::PrimDialect"];
}

def FoldAlgebra : Pass<"fold-algebra", "::mlir::func::FuncOp"> {
  let summary = "Scalar algebra that is exact, also for NaN and infinity";
  let description = [{
    What a prim alone tells (x * 1, x + 0) its own fold does; here is what takes
    a look at an operand. From test/compiler/simplify/fold-algebra.mlir:

    ```mlir
    %0 = prim.neg %y : tensor<?x4xf32>
    %1 = prim.add %x, %0 : tensor<?x4xf32>, tensor<?x4xf32>
    %2 = prim.div %1, %eights : tensor<?x4xf32>, tensor<?x4xf32>
    // becomes
    %1 = prim.sub %x, %y : tensor<?x4xf32>, tensor<?x4xf32>
    %2 = prim.mul %1, %eighths : tensor<?x4xf32>, tensor<?x4xf32>
    ```

    x * 0 is 0 for integers only, and a conversion of a conversion is one where
    it starts from truth values.
  }];
  let dependentDialects = ["::dlc::prim::PrimDialect"];
}

def FoldMovement : Pass<"fold-movement", "::mlir::func::FuncOp"> {
  let summary = "Movements of movements become one, those of nothing none";
  let description = [{
    From test/compiler/simplify/fold-movement.mlir:

    ```mlir
    %0 = prim.concat %x, %y dim 1 : tensor<?x4xf32>, tensor<?x6xf32>
    %1 = prim.slice %0 from [0, 5] size [-1, 2] by [1, 3] : tensor<?x10xf32>
    // becomes
    %1 = prim.slice %y from [0, 1] size [-1, 2] by [1, 3] : tensor<?x6xf32>
    ```

    A dot names the dims of what a transpose before it reads, where those that
    are left over keep their order.
  }];
  let dependentDialects = ["::dlc::prim::PrimDialect"];
}

def FoldConstants : Pass<"fold-constants", "::mlir::func::FuncOp"> {
  let summary = "What depends on constants alone is computed by the compiler";
  let description = [{
    By the scalar bodies of prims, whatever their size: a constant is one number
    in every element. From test/compiler/simplify/fold-constants.mlir:

    ```mlir
    %0 = prim.constant 3.0 : f32 to tensor<?x4xf32>
    %1 = prim.constant 1.0 : f32 to tensor<?x4xf32>
    %2 = prim.sub %1, %0 : tensor<?x4xf32>, tensor<?x4xf32>
    %3 = prim.mul %2, %2 : tensor<?x4xf32>, tensor<?x4xf32>
    // becomes
    %3 = prim.constant 4.0 : f32 to tensor<?x4xf32>
    ```

    The limit counts operations, not time, so that it does the same on every
    machine. Sums stay: they would have to be rounded as the machine rounds them.
  }];
  let options = [Option<"maxSteps", "max-steps", "int64_t", "1000000",
                        "Scalar operations to spend on a function">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect",
                           "::dlc::prim::PrimDialect"];
}

def SinkTransposes : Pass<"sink-transposes", "::mlir::func::FuncOp"> {
  let summary = "Transposes move behind elementwise prims and reductions";
  let description = [{
    Channels first: each convolution is between two transposes, and all that is
    done to its result stands behind the second. Moved down, that one meets the
    first of the next convolution, and both are gone. From
    test/compiler/simplify/sink-transposes.mlir:

    ```mlir
    %0 = prim.transpose %x [0, 3, 1, 2] : tensor<?x5x6x4xf32>
    %1 = prim.tanh %0 : tensor<?x4x5x6xf32>
    %2 = prim.transpose %1 [0, 2, 3, 1] : tensor<?x4x5x6xf32>
    // becomes
    %2 = prim.tanh %x : tensor<?x5x6x4xf32>
    ```

    Constants and broadcasts beside a transpose turn with it.
  }];
  let dependentDialects = ["::dlc::prim::PrimDialect"];
}

def MoveCasts : Pass<"move-casts", "::mlir::func::FuncOp"> {
  let summary = "Data move in two bytes: casts to f32 behind, roundings before";
  let description = [{
    A layer that computes in halves casts what comes in to f32 and rounds what it
    gives. Of one that only moves data nothing else is left. From
    test/compiler/simplify/move-casts.mlir:

    ```mlir
    %0 = prim.convert %x : tensor<?x4x3xbf16> -> tensor<?x4x3xf32>
    %1 = prim.reshape %0 : tensor<?x4x3xf32> -> tensor<?x12xf32>
    %2 = prim.convert %1 : tensor<?x12xf32> -> tensor<?x12xbf16>
    // becomes
    %2 = prim.reshape %x : tensor<?x4x3xbf16> -> tensor<?x12xbf16>
    ```
  }];
  let dependentDialects = ["::dlc::prim::PrimDialect"];
}

def WidenCalls : Pass<"widen-calls", "::mlir::func::FuncOp"> {
  let summary = "Routines that take no halves get f32, and round what they give";
  let description = [{
    The casts are pointwise prims, which fusion makes a part of the kernels
    before and behind the call. Where a rounded bf16 is read as f32 alone it is not
    rounded, so that a bias and a relu stay behind the call. From test/compiler/simplify/widen-calls.mlir:

    ```mlir
    %0 = prim.dot %x, %w ... : tensor<?x3xbf16>, tensor<3x4xbf16>
    // becomes
    %0 = prim.convert %x : tensor<?x3xbf16> -> tensor<?x3xf32>
    %1 = prim.convert %w : tensor<3x4xbf16> -> tensor<3x4xf32>
    %2 = prim.dot %0, %1 ... : tensor<?x3xf32>, tensor<3x4xf32>
    %3 = prim.convert %2 : tensor<?x4xf32> -> tensor<?x4xbf16>
    ```

    Which routines take halves is the target's matter: `half-routines` names
    those of which all that the program is compiled for have one.
  }];
  let options = [ListOption<"halfRoutines", "half-routines", "std::string",
                            "Routines that take bf16 and f16 themselves">];
  let dependentDialects = ["::dlc::prim::PrimDialect"];
}

//===-- fuse --------------------------------------------------------------===//

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
    the result of a contraction or convolution element by element, and adds up at
    most its columns, becomes one launch with it. What else needs the result gets it
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

//===-- plan --------------------------------------------------------------===//

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

//===-- emit --------------------------------------------------------------===//

def PrintCuda : Pass<"print-cuda", "::mlir::ModuleOp"> {
  let summary = "Prints the CUDA C++ of all kernels";
  let description = [{
    For tests: `dlc compile --emit cuda` does the same to a model.
  }];
  let options = [Option<"maxBatch", "max-batch", "int64_t", "32",
                        "The largest batch that the kernels run with">];
}

#endif // DLC_PASSES
