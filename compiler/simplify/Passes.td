// Prims that compute the same with less. In the order in which a model meets them; examples are tests.

#ifndef DLC_SIMPLIFY_PASSES
#define DLC_SIMPLIFY_PASSES

include "mlir/Pass/PassBase.td"

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

#endif // DLC_SIMPLIFY_PASSES
