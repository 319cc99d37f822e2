// Tensor mathematics: base classes by family first, so that a simple op is a line.

#ifndef DLC_PRIM_OPS
#define DLC_PRIM_OPS

include "dialects/prim/PrimEnums.td"
include "dialects/prim/PrimInterfaces.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def PrimDialect : Dialect {
  let name = "prim";
  let cppNamespace = "::dlc::prim";
  let summary = "Pure tensor mathematics: shape rule, scalar body, gradient";
  let description = [{
    Tensors are ranked; elements are f32, bf16, f16, i32 or i1. A dimension written `?` is
    the number of samples in the batch: every `?` of a function has the same
    value n, known only when a step runs, and no op may mix it with another
    dimension. `prim.batch_size` reads it as a number.
  }];
}

def PrimTensor : RankedTensorOf<[F32, BF16, F16, I32, I1]>;
def NumberTensor : RankedTensorOf<[F32, BF16, F16, I32]>;
def FloatTensor : RankedTensorOf<[F32, BF16, F16]>;
def IntTensor : RankedTensorOf<[I32]>;
def BoolTensor : RankedTensorOf<[I1]>;

//===-- Families ----------------------------------------------------------===//

// The result type follows from operands and attributes: inferring is verifying.
class PrimOp<string mnemonic, list<Trait> traits = []>
    : Op<PrimDialect, mnemonic, !listconcat(traits, [
        Pure, InferTypeOpAdaptor,
        DeclareOpInterfaceMethods<DifferentiableOpInterface>])> {
  let results = (outs PrimTensor:$result);
}

// The result type is part of what the op says: `verify` checks it.
class ShapedPrimOp<string mnemonic, list<Trait> traits = []>
    : Op<PrimDialect, mnemonic, !listconcat(traits, [
        Pure, DeclareOpInterfaceMethods<DifferentiableOpInterface>])> {
  let results = (outs PrimTensor:$result);
  let hasVerifier = 1;
}

// Operands and result of one shape and element type; the .cpp gives buildScalar
// and buildVjp.
class ElementwiseOp<string mnemonic> : PrimOp<mnemonic, [
    DeclareOpInterfaceMethods<LoopOpInterface>]> {
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext *, std::optional<::mlir::Location> loc, Adaptor op,
        ::llvm::SmallVectorImpl<::mlir::Type> &types) {
      return inferElementwise(loc, getOperationName(), op.getOperands(), types);
    }
  }];
}

class UnaryOp<string mnemonic, TypeConstraint type = FloatTensor>
    : ElementwiseOp<mnemonic> {
  let arguments = (ins type:$x);
  let assemblyFormat = "$x attr-dict `:` type($x)";
}

class BinaryOp<string mnemonic, TypeConstraint type = NumberTensor>
    : ElementwiseOp<mnemonic> {
  let arguments = (ins type:$lhs, type:$rhs);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs)";
}

// Folds `dims` away: the .cpp gives the combiner and the gradient.
class ReductionOp<string mnemonic> : PrimOp<mnemonic, [
    DeclareOpInterfaceMethods<LoopOpInterface,
                              ["getSpace", "getReducedDims", "getCombiner"]>]> {
  let arguments = (ins NumberTensor:$x, DenseI64ArrayAttr:$dims);
  let assemblyFormat = "$x `over` $dims attr-dict `:` type($x)";
  let hasFolder = 1;
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext *, std::optional<::mlir::Location> loc, Adaptor op,
        ::llvm::SmallVectorImpl<::mlir::Type> &types) {
      return inferReduction(loc, getOperationName(), op.getX(), op.getDims(),
                            types);
    }
    ::llvm::SmallVector<int64_t> $cppClass::getSpace() {
      return ::llvm::to_vector(getX().getType().getShape());
    }
    ::llvm::SmallVector<int64_t> $cppClass::getReducedDims() {
      return ::llvm::to_vector(getDims());
    }
    ::mlir::Value $cppClass::buildScalar(::mlir::ImplicitLocOpBuilder &,
                                         ::mlir::ValueRange x, LoopScope &) {
      return x[0];
    }
    ::mlir::OpFoldResult $cppClass::fold(FoldAdaptor) {
      return getDims().empty() ? ::mlir::OpFoldResult(getX()) : nullptr;
    }
  }];
}

//===-- Elementwise -------------------------------------------------------===//

def AddOp : BinaryOp<"add"> { let hasFolder = 1; }
def SubOp : BinaryOp<"sub"> { let hasFolder = 1; }
def MulOp : BinaryOp<"mul"> { let hasFolder = 1; }
def DivOp : BinaryOp<"div", FloatTensor> { let hasFolder = 1; }
def QuotientOp : BinaryOp<"quotient", IntTensor> {
  let summary = "How often rhs goes into lhs, towards zero; rhs is not 0";
}
def PowOp : BinaryOp<"pow", FloatTensor>;
def MaxOp : BinaryOp<"max"> {
  let summary = "The larger one; NaN if either is; ties share the gradient";
}
def MinOp : BinaryOp<"min"> {
  let summary = "The smaller one; NaN if either is; ties share the gradient";
}
def AndOp : BinaryOp<"and", BoolTensor>;
def OrOp : BinaryOp<"or", BoolTensor>;

def NegOp : UnaryOp<"neg">;
def AbsOp : UnaryOp<"abs"> { let summary = "|x|, with gradient 1 at 0"; }
def SignOp : UnaryOp<"sign">;
def FloorOp : UnaryOp<"floor"> {
  let summary = "The largest whole number not above x; its gradient is zero";
}
def ExpOp : UnaryOp<"exp">;
def Expm1Op : UnaryOp<"expm1">;
def LogOp : UnaryOp<"log">;
def Log1pOp : UnaryOp<"log1p">;
def SqrtOp : UnaryOp<"sqrt">;
def RsqrtOp : UnaryOp<"rsqrt">;
def TanhOp : UnaryOp<"tanh">;
def SinOp : UnaryOp<"sin">;
def CosOp : UnaryOp<"cos">;
def ErfOp : UnaryOp<"erf">;
def LogisticOp : UnaryOp<"logistic"> { let summary = "1 / (1 + e^-x)"; }
def SoftplusOp : UnaryOp<"softplus"> {
  let summary = "ln(1 + e^x), as max(x, 0) + log1p(e^-|x|)";
}
def ReluOp : UnaryOp<"relu"> {
  let summary = "max(x, 0), with gradient 0 at 0";
}
def NotOp : UnaryOp<"not", BoolTensor>;

def CompareOp : PrimOp<"compare", [DeclareOpInterfaceMethods<LoopOpInterface>]> {
  let summary = "Ordered comparison; `ne` also holds where either is NaN";
  let arguments = (ins PredicateAttr:$predicate, PrimTensor:$lhs,
                       PrimTensor:$rhs);
  let assemblyFormat = [{
    $predicate $lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs)
  }];
}

def SelectOp : PrimOp<"select", [DeclareOpInterfaceMethods<LoopOpInterface>]> {
  let summary = "on_true where the condition holds, else on_false";
  let arguments = (ins BoolTensor:$condition, PrimTensor:$on_true,
                       PrimTensor:$on_false);
  let assemblyFormat = [{
    $condition `,` $on_true `,` $on_false attr-dict
    `:` type($condition) `,` type($on_true) `,` type($on_false)
  }];
  let hasFolder = 1;
}

def ConvertOp : ShapedPrimOp<"convert", [
    DeclareOpInterfaceMethods<LoopOpInterface>]> {
  let summary = "The same values in another element type: floats truncate to i32, and round to nearest even in fewer bits";
  let arguments = (ins PrimTensor:$x);
  let assemblyFormat = "$x attr-dict `:` type($x) `->` type($result)";
  let hasFolder = 1;
}

//===-- Creation ----------------------------------------------------------===//

def ConstantOp : ShapedPrimOp<"constant", [
    DeclareOpInterfaceMethods<LoopOpInterface, ["isFree"]>]> {
  let summary = "One number in every element";
  let arguments = (ins TypedAttrInterface:$value);
  let assemblyFormat = "$value attr-dict `to` type($result)";
  let builders = [
    // In the element type of `type`.
    OpBuilder<(ins "::mlir::Type":$type, "double":$value)>];
}

def IotaOp : ShapedPrimOp<"iota", [
    DeclareOpInterfaceMethods<LoopOpInterface, ["isFree"]>]> {
  let summary = "The position along one dimension, as i32";
  let arguments = (ins I64Attr:$dim);
  let assemblyFormat = "$dim attr-dict `:` type($result)";
}

def BatchSizeOp : PrimOp<"batch_size", [
    DeclareOpInterfaceMethods<LoopOpInterface, ["isFree"]>]> {
  let summary = "The number of samples n in the batch at hand, as an f32 scalar";
  let arguments = (ins);
  let assemblyFormat = "attr-dict";
}

def RandomUniformOp : ShapedPrimOp<"random_uniform", [
    DeclareOpInterfaceMethods<LoopOpInterface, ["getOperandMap"]>]> {
  let summary = "Uniform numbers in [0, 1)";
  let description = [{
    Philox 4x32-10 (Salmon et al., SC 2011) keyed by seed and step, counting by
    stream and element: the same element gets the same number whatever the
    schedule, so a mask need not be stored. Its gradient is zero.
  }];
  let arguments = (ins IntTensor:$seed, IntTensor:$step, I64Attr:$stream);
  let assemblyFormat = [{
    $seed `,` $step `stream` $stream attr-dict
    `:` type($seed) `,` type($step) `->` type($result)
  }];
}

//===-- Movement ----------------------------------------------------------===//

def BroadcastOp : ShapedPrimOp<"broadcast", [
    DeclareOpInterfaceMethods<LoopOpInterface, ["getOperandMap", "isFree"]>]> {
  let summary = "Repeat x along `dims` of the result: the adjoint of reduce_sum";
  let arguments = (ins PrimTensor:$x, DenseI64ArrayAttr:$dims);
  let assemblyFormat = [{
    $x `along` $dims attr-dict `:` type($x) `->` type($result)
  }];
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def ReshapeOp : ShapedPrimOp<"reshape"> {
  let summary = "The same elements in row-major order under another shape";
  let description = [{
    A `?` must be the first dimension of both types or of neither. Costs nothing:
    the plan gives both one place.
  }];
  let arguments = (ins PrimTensor:$x);
  let assemblyFormat = "$x attr-dict `:` type($x) `->` type($result)";
  let hasFolder = 1;
}

def TransposeOp : PrimOp<"transpose", [
    DeclareOpInterfaceMethods<LoopOpInterface, ["getOperandMap"]>]> {
  let summary = "result[i...] = x[...]: dimension d of the result is dimension permutation[d] of x";
  let arguments = (ins PrimTensor:$x, DenseI64ArrayAttr:$permutation);
  let assemblyFormat = "$x $permutation attr-dict `:` type($x)";
  let hasFolder = 1;
}

def SliceOp : PrimOp<"slice", [
    DeclareOpInterfaceMethods<LoopOpInterface, ["getOperandMap"]>]> {
  let summary = "result[i] = x[start + i * stride], `sizes` elements a dimension";
  let description = [{
    The batch dimension is taken whole: start 0, stride 1, size -1.
  }];
  let arguments = (ins PrimTensor:$x, DenseI64ArrayAttr:$starts,
                       DenseI64ArrayAttr:$sizes, DenseI64ArrayAttr:$strides);
  let assemblyFormat = [{
    $x `from` $starts `size` $sizes `by` $strides attr-dict `:` type($x)
  }];
}

def ReverseOp : PrimOp<"reverse", [
    DeclareOpInterfaceMethods<LoopOpInterface, ["getOperandMap"]>]> {
  let summary = "x with the elements along `dims`, none of them the batch, from last to first";
  let arguments = (ins PrimTensor:$x, DenseI64ArrayAttr:$dims);
  let assemblyFormat = "$x `along` $dims attr-dict `:` type($x)";
  let hasFolder = 1;
}

def PadOp : PrimOp<"pad", [DeclareOpInterfaceMethods<LibraryOpInterface>]> {
  let summary = "Zeros (or `value`) before, after and between elements: the adjoint of slice";
  let arguments = (ins FloatTensor:$x, DenseI64ArrayAttr:$low,
                       DenseI64ArrayAttr:$high, DenseI64ArrayAttr:$interior,
                       DefaultValuedAttr<F32Attr, "0.0f">:$value);
  let assemblyFormat = [{
    $x `low` $low `high` $high `interior` $interior attr-dict `:` type($x)
  }];
}

def ConcatOp : PrimOp<"concat", [DeclareOpInterfaceMethods<LibraryOpInterface>]> {
  let summary = "Tensors one after the other along `dim`, which is not the batch";
  let arguments = (ins Variadic<PrimTensor>:$xs, I64Attr:$dim);
  let assemblyFormat = "$xs `dim` $dim attr-dict `:` type($xs)";
}

def GatherOp : PrimOp<"gather", [DeclareOpInterfaceMethods<LibraryOpInterface>]> {
  let summary = "result[i..., r...] = table[indices[i...], r...]";
  let description = [{
    An index below 0 counts from the end, as in numpy. One outside of the table
    gives NaN and has no gradient (jax.numpy.take).
  }];
  let arguments = (ins FloatTensor:$table, IntTensor:$indices);
  let assemblyFormat = [{
    $table `,` $indices attr-dict `:` type($table) `,` type($indices)
  }];
}

def ScatterAddOp : ShapedPrimOp<"scatter_add", [
    DeclareOpInterfaceMethods<LibraryOpInterface>]> {
  let summary = "result[indices[i...], r...] += updates[i..., r...], from zero: gather's adjoint";
  let description = "Each element is summed in row-major order of i.";
  let arguments = (ins FloatTensor:$updates, IntTensor:$indices);
  let assemblyFormat = [{
    $updates `,` $indices attr-dict `:` type($updates) `,` type($indices)
    `->` type($result)
  }];
}

//===-- Reduction and contraction -----------------------------------------===//

def ReduceSumOp : ReductionOp<"reduce_sum">;
def ReduceMaxOp : ReductionOp<"reduce_max"> {
  let summary = "The largest element; elements that tie share the gradient";
}
def ReduceMinOp : ReductionOp<"reduce_min"> {
  let summary = "The smallest element; elements that tie share the gradient";
}

def DotOp : PrimOp<"dot", [
    DeclareOpInterfaceMethods<LibraryOpInterface, ["getFlops"]>]> {
  let summary = "General contraction";
  let description = [{
    Sums products over the paired `lhs_contract` and `rhs_contract` dimensions,
    side by side over the paired `lhs_batch` and `rhs_batch` ones. The result has
    the batch dimensions, then lhs' free ones, then rhs' free ones, each in order.

    ```mlir
    // y[b, u] = sum_f x[b, f] w[f, u]
    %y = prim.dot %x, %w batch [] x [] contract [1] x [0]
        : tensor<?x3xf32>, tensor<3x4xf32>
    ```
  }];
  let arguments = (ins FloatTensor:$lhs, FloatTensor:$rhs,
                       DenseI64ArrayAttr:$lhs_batch,
                       DenseI64ArrayAttr:$rhs_batch,
                       DenseI64ArrayAttr:$lhs_contract,
                       DenseI64ArrayAttr:$rhs_contract);
  let assemblyFormat = [{
    $lhs `,` $rhs `batch` $lhs_batch `x` $rhs_batch
    `contract` $lhs_contract `x` $rhs_contract attr-dict
    `:` type($lhs) `,` type($rhs)
  }];
}

//===-- Attention ---------------------------------------------------------===//

def NumberF32Tensor : RankedTensorOf<[F32]>;

// query [n, t, h, c] meets key [n, s, k, c] and value [n, s, k, v], heads beside
// each other: head i of h reads head i / (h / k) of keys and values. Query t may
// attend to key s where `mask`, of shape [n, h, t, s] or with 1 for any of these,
// holds, and s <= t if `causal`, and |t - s| < `window` if that is not 0. One that
// may attend to no key gets the mean of all values, or zeros if `zero_empty`.
defvar attentionConfig = (ins F32Attr:$scale,
                              DefaultValuedAttr<BoolAttr, "false">:$causal,
                              DefaultValuedAttr<I64Attr, "0">:$window,
                              DefaultValuedAttr<BoolAttr, "false">:$zero_empty);

class AttentionFamilyOp<string mnemonic> : Op<PrimDialect, mnemonic, [
    Pure, InferTypeOpAdaptor,
    DeclareOpInterfaceMethods<DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<LibraryOpInterface, ["getFlops"]>]>;

def AttentionOp : AttentionFamilyOp<"attention"> {
  let summary = "softmax(scale query key^T) value, without the scores in memory";
  let description = [{
    Also gives the logarithm of the sum of e^score of each query, [n, t, h], from
    which the gradient computes the shares again. Scores are f32 whatever the
    operands are.
  }];
  let arguments = !con((ins FloatTensor:$query, FloatTensor:$key,
                            FloatTensor:$value, Optional<BoolTensor>:$mask),
                       attentionConfig);
  let results = (outs FloatTensor:$result, NumberF32Tensor:$logsumexp);
  let assemblyFormat = [{
    $query `,` $key `,` $value (`mask` $mask^)? attr-dict
    `:` type($query) `,` type($key) `,` type($value) (`,` type($mask)^)?
  }];
}

def AttentionGradOp : AttentionFamilyOp<"attention_grad"> {
  let summary = "dquery, dkey and dvalue of attention, from the gradient dy of its result";
  let description = [{
    `dot` [n, t, h] holds the sum of y dy over v, less the gradient of logsumexp.
  }];
  let arguments = !con((ins FloatTensor:$query, FloatTensor:$key,
                            FloatTensor:$value, NumberF32Tensor:$logsumexp,
                            NumberF32Tensor:$dot, FloatTensor:$dy,
                            Optional<BoolTensor>:$mask),
                       attentionConfig);
  let results = (outs FloatTensor:$dquery, FloatTensor:$dkey,
                      FloatTensor:$dvalue);
  let assemblyFormat = [{
    $query `,` $key `,` $value `,` $logsumexp `,` $dot `,` $dy (`mask` $mask^)?
    attr-dict `:` type($query) `,` type($key) `,` type($value) `,`
    type($logsumexp) `,` type($dot) `,` type($dy) (`,` type($mask)^)?
  }];
}

//===-- Convolution -------------------------------------------------------===//

// x is [n, h, w, c], the kernel [kh, kw, c / groups, o], y [n, oh, ow, o]. A
// window may reach over the edge by `padding` = [top, bottom, left, right].
defvar convArguments = (ins DenseI64ArrayAttr:$strides,
                            DenseI64ArrayAttr:$padding,
                            DenseI64ArrayAttr:$dilation, I64Attr:$groups);

def Conv2DOp : PrimOp<"conv2d", [
    DeclareOpInterfaceMethods<LibraryOpInterface, ["getConfig", "getFlops"]>]> {
  let summary = "y = x convolved with the kernel (not flipped), channels last";
  let arguments = !con((ins FloatTensor:$x, FloatTensor:$kernel), convArguments);
  let assemblyFormat = [{
    $x `,` $kernel `strides` $strides `padding` $padding `dilation` $dilation
    `groups` $groups attr-dict `:` type($x) `,` type($kernel)
  }];
}

def Conv2DInputGradOp : ShapedPrimOp<"conv2d_input_grad", [
    DeclareOpInterfaceMethods<LibraryOpInterface, ["getConfig", "getFlops"]>]> {
  let summary = "dx of conv2d, from dy and the kernel: its adjoint in x";
  let arguments = !con((ins FloatTensor:$dy, FloatTensor:$kernel), convArguments);
  let assemblyFormat = [{
    $dy `,` $kernel `strides` $strides `padding` $padding `dilation` $dilation
    `groups` $groups attr-dict `:` type($dy) `,` type($kernel) `->` type($result)
  }];
}

def Conv2DKernelGradOp : ShapedPrimOp<"conv2d_kernel_grad", [
    DeclareOpInterfaceMethods<LibraryOpInterface, ["getConfig", "getFlops"]>]> {
  let summary = "The kernel's gradient, from x and dy: conv2d's adjoint in the kernel";
  let arguments = !con((ins FloatTensor:$x, FloatTensor:$dy), convArguments);
  let assemblyFormat = [{
    $x `,` $dy `strides` $strides `padding` $padding `dilation` $dilation
    `groups` $groups attr-dict `:` type($x) `,` type($dy) `->` type($result)
  }];
}

//===-- Windows -----------------------------------------------------------===//

// Over the two middle dimensions of [n, h, w, c]; `padding` as for conv2d.
defvar poolArguments = (ins DenseI64ArrayAttr:$window,
                            DenseI64ArrayAttr:$strides,
                            DenseI64ArrayAttr:$padding);

class PoolOp<string mnemonic> : PrimOp<mnemonic, [
    DeclareOpInterfaceMethods<LibraryOpInterface, ["getConfig"]>]> {
  let arguments = !con((ins FloatTensor:$x), poolArguments);
  let assemblyFormat = [{
    $x `window` $window `strides` $strides `padding` $padding attr-dict
    `:` type($x)
  }];
}

def MaxPool2DOp : PoolOp<"max_pool2d"> {
  let summary = "The maximum of each window";
}
def AvgPool2DOp : PoolOp<"avg_pool2d"> {
  let summary = "The mean of the elements of each window that are not padding";
}

def MaxPool2DGradOp : PrimOp<"max_pool2d_grad", [
    DeclareOpInterfaceMethods<LibraryOpInterface, ["getConfig"]>]> {
  let summary = "Adds dy of each window to the first maximum of x in it";
  let arguments = !con((ins FloatTensor:$x, FloatTensor:$dy), poolArguments);
  let assemblyFormat = [{
    $x `,` $dy `window` $window `strides` $strides `padding` $padding attr-dict
    `:` type($x) `,` type($dy)
  }];
}

def MaxPool2DPickOp : PrimOp<"max_pool2d_pick", [
    DeclareOpInterfaceMethods<LibraryOpInterface, ["getConfig"]>]> {
  let summary = "v at the first maximum of x in each window: max_pool2d_grad's adjoint";
  let arguments = !con((ins FloatTensor:$x, FloatTensor:$v), poolArguments);
  let assemblyFormat = [{
    $x `,` $v `window` $window `strides` $strides `padding` $padding attr-dict
    `:` type($x) `,` type($v)
  }];
}

def AvgPool2DGradOp : ShapedPrimOp<"avg_pool2d_grad", [
    DeclareOpInterfaceMethods<LibraryOpInterface, ["getConfig"]>]> {
  let summary = "dx of avg_pool2d, from dy: its adjoint";
  let arguments = !con((ins FloatTensor:$dy), poolArguments);
  let assemblyFormat = [{
    $dy `window` $window `strides` $strides `padding` $padding attr-dict
    `:` type($dy) `->` type($result)
  }];
}

//===-- Composites --------------------------------------------------------===//

class CompositeOp<string mnemonic> : PrimOp<mnemonic, [
    DeclareOpInterfaceMethods<CompositeOpInterface>]>;

def SoftmaxOp : CompositeOp<"softmax"> {
  let summary = "e^x / sum e^x along one dimension";
  let arguments = (ins FloatTensor:$x, I64Attr:$dim);
  let assemblyFormat = "$x `dim` $dim attr-dict `:` type($x)";
}

def LogSoftmaxOp : CompositeOp<"log_softmax"> {
  let summary = "ln softmax(x) along one dimension";
  let arguments = (ins FloatTensor:$x, I64Attr:$dim);
  let assemblyFormat = "$x `dim` $dim attr-dict `:` type($x)";
}

def SoftmaxCrossentropyOp : CompositeOp<"softmax_crossentropy"> {
  let summary = "-sum(labels * ln softmax(logits)) over the last dimension";
  let description = "Every row of labels sums to 1; labels have no gradient.";
  let arguments = (ins FloatTensor:$logits, FloatTensor:$labels);
  let assemblyFormat = [{
    $logits `,` $labels attr-dict `:` type($logits) `,` type($labels)
  }];
}

def SquaredDeviationsOp : CompositeOp<"squared_deviations"> {
  let summary = "sum (x - mean)^2 over `dims`";
  let description = [{
    `mean` is that of x over `dims` and has no gradient: the sum does not change
    with it, because the deviations from a mean add up to zero.
  }];
  let arguments = (ins FloatTensor:$x, FloatTensor:$mean,
                       DenseI64ArrayAttr:$dims);
  let assemblyFormat = [{
    $x `from` $mean `over` $dims attr-dict `:` type($x) `,` type($mean)
  }];
}

#endif // DLC_PRIM_OPS
