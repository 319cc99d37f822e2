// Functions of keras.ops called on symbolic tensors: graph nodes, not layers.

#ifndef DLC_NODE_OPS
#define DLC_NODE_OPS

include "dialects/layer/LayerBase.td"

defvar numpyModule = "keras.src.ops.numpy";
defvar nnModule = "keras.src.ops.nn";
defvar coreModule = "keras.src.ops.core";

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

// Over all dimensions where `axis` is null; never over the batch.
class ReductionNodeOp<string mnemonic, string kerasClass, dag more = (ins)>
    : UnaryNodeOp<mnemonic, kerasClass, numpyModule, !con((ins
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
def SigmoidNodeOp : UnaryNodeOp<"sigmoid", "Sigmoid", nnModule>;
def ReluNodeOp : UnaryNodeOp<"relu", "Relu", nnModule>;
def SoftmaxNodeOp : UnaryNodeOp<"softmax", "Softmax", nnModule, (ins
    DefaultIntsAttr<"-1">:$axis)>;
def CastNodeOp : UnaryNodeOp<"cast", "Cast", coreModule, (ins StrAttr:$dtype)>;

//===-- Reductions --------------------------------------------------------===//

def MeanNodeOp : ReductionNodeOp<"mean", "Mean">;
def SumNodeOp : ReductionNodeOp<"sum", "Sum">;
def MaxNodeOp : ReductionNodeOp<"max", "Max", (ins
    NullableNumberAttr:$initial)>;
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

def ConcatenateNodeOp
    : LayerOp<"op_concatenate", "Concatenate", (ins Variadic<LayerTensor>:$xs),
              (ins DefaultIntAttr<"0">:$axis), [], numpyModule,
              LayerDialect, /*policy=*/(ins)> {
  let assemblyFormat = "$name $xs attr-dict `:` type($xs)";
}
def ReshapeNodeOp : UnaryNodeOp<"reshape", "Reshape", numpyModule, (ins
    IntsAttr:$newshape)>;
def TransposeNodeOp : UnaryNodeOp<"transpose", "Transpose", numpyModule, (ins
    NullableIntsAttr:$axes)>;
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
