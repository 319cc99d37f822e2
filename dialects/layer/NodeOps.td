// Functions of keras.ops called on symbolic tensors: graph nodes, not layers.

#ifndef DLC_NODE_OPS
#define DLC_NODE_OPS

include "dialects/layer/LayerBase.td"

defvar numpyModule = "keras.src.ops.numpy";
defvar nnModule = "keras.src.ops.nn";
defvar coreModule = "keras.src.ops.core";
defvar mathModule = "keras.src.ops.math";
defvar linalgModule = "keras.src.ops.linalg";

// The element type of the result: Keras' name of it, or null for that of x.
defvar nodeDtype = (ins NullableStrAttr:$dtype);

class UnaryNodeOp<string mnemonic, string kerasClass,
                  string module = numpyModule, dag config = (ins)>
    : LayerOp<"op_" # mnemonic, kerasClass, (ins LayerTensor:$x), config, [],
              module, LayerDialect, /*policy=*/(ins)> {
  let assemblyFormat = "$name $x attr-dict `:` type($x)";
}

// With numpy's broadcasting and Keras' promotion of element types.
class BinaryNodeOp<string mnemonic, string kerasClass,
                   string module = numpyModule>
    : LayerOp<"op_" # mnemonic, kerasClass,
              (ins LayerTensor:$x1, LayerTensor:$x2), (ins), [], module,
              LayerDialect, /*policy=*/(ins)> {
  let assemblyFormat = [{
    $name $x1 `,` $x2 attr-dict `:` type($x1) `,` type($x2)
  }];
}

// Of one list of tensors.
class ListNodeOp<string mnemonic, string kerasClass, dag config>
    : LayerOp<"op_" # mnemonic, kerasClass, (ins Variadic<LayerTensor>:$xs),
              config, [], numpyModule, LayerDialect, /*policy=*/(ins)> {
  let assemblyFormat = "$name $xs attr-dict `:` type($xs)";
}

// One tensor in, several out.
class PartsNodeOp<string mnemonic, string kerasClass, string module, dag config>
    : LayerOp<"op_" # mnemonic, kerasClass, (ins LayerTensor:$x), config,
              ["expandAll"], module, LayerDialect, /*policy=*/(ins)> {
  let results = (outs Variadic<LayerTensor>:$parts);
  let assemblyFormat = "$name $x attr-dict `:` type($x)";
  let extraClassDeclaration = [{
    static ::llvm::LogicalResult inferResults(
        std::optional<::mlir::Location> loc, Adaptor layer,
        ::llvm::SmallVectorImpl<::mlir::Type> &types);
  }];
}

// Over all dimensions where `axis` is null; never over the batch.
class ReductionNodeOp<string mnemonic, string kerasClass, dag more = (ins),
                      string module = numpyModule>
    : UnaryNodeOp<mnemonic, kerasClass, module, !con((ins
          NullableIntsAttr:$axis, DefaultBoolAttr<"false">:$keepdims), more)>;

//===-- Arithmetic --------------------------------------------------------===//

def AddNodeOp : BinaryNodeOp<"add", "Add">;
def SubtractNodeOp : BinaryNodeOp<"subtract", "Subtract">;
def MultiplyNodeOp : BinaryNodeOp<"multiply", "Multiply">;
def DivideNodeOp : BinaryNodeOp<"divide", "Divide">;
def TrueDivideNodeOp : BinaryNodeOp<"true_divide", "TrueDivide">;
def PowerNodeOp : BinaryNodeOp<"power", "Power">;
def MaximumNodeOp : BinaryNodeOp<"maximum", "Maximum">;
def MinimumNodeOp : BinaryNodeOp<"minimum", "Minimum">;
def MatmulNodeOp : BinaryNodeOp<"matmul", "Matmul">;

def EinsumNodeOp
    : LayerOp<"op_einsum", "Einsum", (ins Variadic<LayerTensor>:$xs),
              (ins StrAttr:$subscripts), [], numpyModule, LayerDialect,
              /*policy=*/(ins)> {
  let summary = "Sums of products over the labels that the result lacks";
  let assemblyFormat = "$name $xs attr-dict `:` type($xs)";
}

//===-- Truth -------------------------------------------------------------===//

def EqualNodeOp : BinaryNodeOp<"equal", "Equal">;
def NotEqualNodeOp : BinaryNodeOp<"not_equal", "NotEqual">;
def LessNodeOp : BinaryNodeOp<"less", "Less">;
def LessEqualNodeOp : BinaryNodeOp<"less_equal", "LessEqual">;
def GreaterNodeOp : BinaryNodeOp<"greater", "Greater">;
def GreaterEqualNodeOp : BinaryNodeOp<"greater_equal", "GreaterEqual">;
def LogicalAndNodeOp : BinaryNodeOp<"logical_and", "LogicalAnd">;
def LogicalOrNodeOp : BinaryNodeOp<"logical_or", "LogicalOr">;
def LogicalNotNodeOp : UnaryNodeOp<"logical_not", "LogicalNot">;
def WhereNodeOp
    : LayerOp<"op_where", "Where", (ins LayerTensor:$condition,
              LayerTensor:$x1, LayerTensor:$x2), (ins), [], numpyModule,
              LayerDialect, /*policy=*/(ins)> {
  let summary = "x1 where the condition holds, else x2";
  let assemblyFormat = [{
    $name $condition `,` $x1 `,` $x2 attr-dict
    `:` type($condition) `,` type($x1) `,` type($x2)
  }];
}

//===-- Functions ---------------------------------------------------------===//

def NegativeNodeOp : UnaryNodeOp<"negative", "Negative">;
def AbsoluteNodeOp : UnaryNodeOp<"absolute", "Absolute">;
def SqrtNodeOp : UnaryNodeOp<"sqrt", "Sqrt">;
def SquareNodeOp : UnaryNodeOp<"square", "Square">;
def ExpNodeOp : UnaryNodeOp<"exp", "Exp">;
def LogNodeOp : UnaryNodeOp<"log", "Log">;
def TanhNodeOp : UnaryNodeOp<"tanh", "Tanh">;
def Log2NodeOp : UnaryNodeOp<"log2", "Log2">;
def Log10NodeOp : UnaryNodeOp<"log10", "Log10">;
def Log1pNodeOp : UnaryNodeOp<"log1p", "Log1p">;
def Expm1NodeOp : UnaryNodeOp<"expm1", "Expm1">;
def ReciprocalNodeOp : UnaryNodeOp<"reciprocal", "Reciprocal">;
def RsqrtNodeOp : UnaryNodeOp<"rsqrt", "Rsqrt", mathModule>;
def ErfNodeOp : UnaryNodeOp<"erf", "Erf", mathModule>;
def SinNodeOp : UnaryNodeOp<"sin", "Sin">;
def CosNodeOp : UnaryNodeOp<"cos", "Cos">;
def TanNodeOp : UnaryNodeOp<"tan", "Tan">;
def ClipNodeOp : UnaryNodeOp<"clip", "Clip", numpyModule, (ins
    NullableNumberAttr:$x_min, NullableNumberAttr:$x_max)>;
def OneHotNodeOp : UnaryNodeOp<"one_hot", "OneHot", nnModule, !con((ins
    I64Attr:$num_classes, DefaultIntAttr<"-1">:$axis,
    DefaultBoolAttr<"false">:$sparse), nodeDtype)>;

// The gradients of these are zero.
def FloorNodeOp : UnaryNodeOp<"floor", "Floor">;
def CeilNodeOp : UnaryNodeOp<"ceil", "Ceil">;
def RoundNodeOp : UnaryNodeOp<"round", "Round", numpyModule, (ins
    DefaultIntAttr<"0">:$decimals)> {
  let summary = "The nearest number of so many decimals, the even one of two";
}
def SignNodeOp : UnaryNodeOp<"sign", "Sign">;

//===-- Activations -------------------------------------------------------===//

class ActivationNodeOp<string mnemonic, string kerasClass, dag config = (ins)>
    : UnaryNodeOp<mnemonic, kerasClass, nnModule, config>;

def SigmoidNodeOp : ActivationNodeOp<"sigmoid", "Sigmoid">;
def ReluNodeOp : ActivationNodeOp<"relu", "Relu">;
def Relu6NodeOp : ActivationNodeOp<"relu6", "Relu6">;
def LeakyReluNodeOp : ActivationNodeOp<"leaky_relu", "LeakyRelu", (ins
    DefaultNumberAttr<"0.2">:$negative_slope)>;
def EluNodeOp : ActivationNodeOp<"elu", "Elu", (ins
    DefaultNumberAttr<"1.0">:$alpha)>;
def CeluNodeOp : ActivationNodeOp<"celu", "Celu", (ins
    DefaultNumberAttr<"1.0">:$alpha)>;
def SeluNodeOp : ActivationNodeOp<"selu", "Selu">;
def GeluNodeOp : ActivationNodeOp<"gelu", "Gelu", (ins
    DefaultBoolAttr<"true">:$approximate)>;
def SiluNodeOp : ActivationNodeOp<"silu", "Silu">;
def SoftplusNodeOp : ActivationNodeOp<"softplus", "Softplus">;
def SoftsignNodeOp : ActivationNodeOp<"softsign", "Softsign">;
def LogSigmoidNodeOp : ActivationNodeOp<"log_sigmoid", "LogSigmoid">;
def HardSigmoidNodeOp : ActivationNodeOp<"hard_sigmoid", "HardSigmoid">;
def HardSiluNodeOp : ActivationNodeOp<"hard_silu", "HardSilu">;
def HardTanhNodeOp : ActivationNodeOp<"hard_tanh", "HardTanh">;
def HardShrinkNodeOp : ActivationNodeOp<"hard_shrink", "HardShrink", (ins
    DefaultNumberAttr<"0.5">:$threshold)>;
def SoftShrinkNodeOp : ActivationNodeOp<"soft_shrink", "SoftShrink", (ins
    DefaultNumberAttr<"0.5">:$threshold)>;
def TanhShrinkNodeOp : ActivationNodeOp<"tanh_shrink", "TanhShrink">;
def ThresholdNodeOp : ActivationNodeOp<"threshold", "Threshold", (ins
    NumberAttr:$threshold, NumberAttr:$default_value)> {
  let summary = "x where it is above the threshold, else the default value";
}
def SquareplusNodeOp : ActivationNodeOp<"squareplus", "Squareplus", (ins
    DefaultNumberAttr<"4.0">:$b)>;
def SparsePlusNodeOp : ActivationNodeOp<"sparse_plus", "SparsePlus">;
def SparseSigmoidNodeOp : ActivationNodeOp<"sparse_sigmoid", "SparseSigmoid">;
def GluNodeOp : ActivationNodeOp<"glu", "Glu", (ins DefaultIntAttr<"-1">:$axis)>;
def SoftmaxNodeOp : ActivationNodeOp<"softmax", "Softmax", (ins
    DefaultIntsAttr<"-1">:$axis)>;
def LogSoftmaxNodeOp : ActivationNodeOp<"log_softmax", "LogSoftmax", (ins
    DefaultIntAttr<"-1">:$axis)>;
def NormalizeNodeOp : ActivationNodeOp<"normalize", "Normalize", (ins
    DefaultIntsAttr<"-1">:$axis, DefaultIntAttr<"2">:$order,
    NullableNumberAttr:$epsilon)> {
  let summary = "x divided by its length along an axis";
}

//===-- Casts -------------------------------------------------------------===//

def CastNodeOp : UnaryNodeOp<"cast", "Cast", coreModule, (ins StrAttr:$dtype)>;

//===-- Reductions --------------------------------------------------------===//

def MeanNodeOp : ReductionNodeOp<"mean", "Mean">;
def SumNodeOp : ReductionNodeOp<"sum", "Sum">;
def MaxNodeOp : ReductionNodeOp<"max", "Max", (ins
    NullableNumberAttr:$initial)>;
def MinNodeOp : ReductionNodeOp<"min", "Min", (ins
    NullableNumberAttr:$initial)>;
def VarNodeOp : ReductionNodeOp<"var", "Var">;
def StdNodeOp : ReductionNodeOp<"std", "Std">;
def LogsumexpNodeOp
    : ReductionNodeOp<"logsumexp", "Logsumexp", (ins), mathModule>;
def NormNodeOp
    : ReductionNodeOp<"norm", "Norm", (ins NullableNumberAttr:$ord),
                      linalgModule> {
  let summary = "The square root of the sum of squares";
}
// Whole numbers, without a gradient: where along an axis the first one stands.
def ArgmaxNodeOp : ReductionNodeOp<"argmax", "Argmax">;
def ArgminNodeOp : ReductionNodeOp<"argmin", "Argmin">;
// Of numbers: whether they are not 0.
def AnyNodeOp : ReductionNodeOp<"any", "Any">;
def AllNodeOp : ReductionNodeOp<"all", "All">;

//===-- Creation and running sums ---------------------------------------------===//

def OnesLikeNodeOp
    : UnaryNodeOp<"ones_like", "OnesLike", numpyModule, nodeDtype>;
def ZerosLikeNodeOp
    : UnaryNodeOp<"zeros_like", "ZerosLike", numpyModule, nodeDtype>;
def CumsumNodeOp : UnaryNodeOp<"cumsum", "Cumsum", numpyModule, !con(
    (ins NullableIntAttr:$axis), nodeDtype)> {
  let summary = "Sums of x up to each position along an axis";
}

//===-- Shape -------------------------------------------------------------===//

def ConcatenateNodeOp : ListNodeOp<"concatenate", "Concatenate", (ins
    DefaultIntAttr<"0">:$axis)>;
def StackNodeOp : ListNodeOp<"stack", "Stack", (ins
    DefaultIntAttr<"0">:$axis)> {
  let summary = "Tensors beside each other along a new axis";
}
def SplitNodeOp : PartsNodeOp<"split", "Split", numpyModule, (ins
    IntsAttr:$indices_or_sections, DefaultIntAttr<"0">:$axis)> {
  let summary = "Equal parts along an axis, or those before and after indices";
}
def UnstackNodeOp : PartsNodeOp<"unstack", "Unstack", coreModule, (ins
    NullableIntAttr:$num, DefaultIntAttr<"0">:$axis)> {
  let summary = "The elements along an axis, a tensor each";
}
def ReshapeNodeOp : UnaryNodeOp<"reshape", "Reshape", numpyModule, (ins
    SizesAttr:$newshape)>;
def TransposeNodeOp : UnaryNodeOp<"transpose", "Transpose", numpyModule, (ins
    NullableIntsAttr:$axes)>;
def SwapaxesNodeOp : UnaryNodeOp<"swapaxes", "Swapaxes", numpyModule, (ins
    I64Attr:$axis1, I64Attr:$axis2)>;
def MoveaxisNodeOp : UnaryNodeOp<"moveaxis", "Moveaxis", numpyModule, (ins
    IntsAttr:$source, IntsAttr:$destination)>;
def FlipNodeOp : UnaryNodeOp<"flip", "Flip", numpyModule, (ins
    NullableIntsAttr:$axis)>;
def RollNodeOp : UnaryNodeOp<"roll", "Roll", numpyModule, (ins
    IntsAttr:$shift, NullableIntsAttr:$axis)>;
def TileNodeOp : UnaryNodeOp<"tile", "Tile", numpyModule, (ins
    IntsAttr:$repeats)>;
def RepeatNodeOp : UnaryNodeOp<"repeat", "Repeat", numpyModule, (ins
    IntsAttr:$repeats, NullableIntAttr:$axis)> {
  let summary = "Each element along an axis so often";
}
def PadNodeOp
    : LayerOp<"op_pad", "Pad", (ins LayerTensor:$x),
              (ins BordersAttr:$pad_width, DefaultStrAttr<"constant">:$mode,
                   NullableNumberAttr:$constant_values),
              ["getCallKeys"], numpyModule, LayerDialect, /*policy=*/(ins)> {
  let summary = "x with numbers, or with its own elements, around it";
  let assemblyFormat = "$name $x attr-dict `:` type($x)";
}
def ExpandDimsNodeOp : UnaryNodeOp<"expand_dims", "ExpandDims", numpyModule,
    (ins IntsAttr:$axis)>;
def SqueezeNodeOp : UnaryNodeOp<"squeeze", "Squeeze", numpyModule, (ins
    NullableIntsAttr:$axis)>;
def GetItemNodeOp : UnaryNodeOp<"get_item", "GetItem", numpyModule, (ins
    AnyAttr:$key)> {
  let summary = "x[key], as numpy indexes";
  let description = [{
    `key` is one item or a list of items: an integer, unit for None, a slice as
    {start = 1, stop = 3} (an absent key is None) or, as Keras writes it,
    {class_name = "__slice__", config = {...}}, and "..." or {class_name =
    "__ellipsis__"}. The batch is taken whole.
  }];
}

#endif // DLC_NODE_OPS
