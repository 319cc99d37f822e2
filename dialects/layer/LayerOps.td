// Layers of keras.layers that know no image: config keys as attributes, no
// mathematics. Their files are those of Keras' folders: core, reshaping,
// regularization, activations, merging.

#ifndef DLC_LAYER_OPS
#define DLC_LAYER_OPS

include "dialects/layer/LayerBase.td"

//===-- Core --------------------------------------------------------------===//

def InputOp : LayerOp<"input", "InputLayer", (ins), (ins
    IntsAttr:$shape, DefaultValuedStrAttr<StrAttr, "float32">:$dtype),
    /*methods=*/[], "keras.layers", LayerDialect, /*policy=*/(ins)> {
  let summary = "A tensor that the caller feeds; `shape` is that of one sample";
  let assemblyFormat = "$name attr-dict";
}

def DenseOp : UnaryLayerOp<"dense", "Dense", !con((ins
    I64Attr:$units, DefaultActivationAttr<"linear">:$activation),
    kernelConfig), ["weights"]> {
  let summary = "activation(x kernel + bias) over the last dimension";
}

def EinsumDenseOp : UnaryLayerOp<"einsum_dense", "EinsumDense", (ins
    StrAttr:$equation, SizesAttr:$output_shape,
    DefaultActivationAttr<"linear">:$activation, NullableStrAttr:$bias_axes,
    DefaultObjectAttr<"glorot_uniform">:$kernel_initializer,
    DefaultObjectAttr<"zeros">:$bias_initializer,
    NullableObjectAttr:$kernel_regularizer,
    NullableObjectAttr:$bias_regularizer,
    NullableObjectAttr:$activity_regularizer,
    NullableObjectAttr:$kernel_constraint,
    NullableObjectAttr:$bias_constraint), ["weights"]> {
  let summary = "activation(einsum(equation, x, kernel) + bias)";
}

def EmbeddingOp : UnaryLayerOp<"embedding", "Embedding", (ins
    I64Attr:$input_dim, I64Attr:$output_dim,
    DefaultObjectAttr<"uniform">:$embeddings_initializer,
    NullableObjectAttr:$embeddings_regularizer,
    NullableObjectAttr:$activity_regularizer,
    NullableObjectAttr:$embeddings_constraint,
    DefaultBoolAttr<"false">:$mask_zero), ["weights"]> {
  let summary = "The row of a learnt table that each whole number in x names";
}

//===-- Shape -------------------------------------------------------------===//

def FlattenOp : UnaryLayerOp<"flatten", "Flatten", (ins
    DefaultValuedStrAttr<StrAttr, "channels_last">:$data_format)>;
def ReshapeOp : UnaryLayerOp<"reshape", "Reshape", (ins
    IntsAttr:$target_shape)>;
def PermuteOp : UnaryLayerOp<"permute", "Permute", (ins IntsAttr:$dims)> {
  let summary = "Dimension dims[i] of x, counted from 1, becomes dimension i + 1";
}
def RepeatVectorOp : UnaryLayerOp<"repeat_vector", "RepeatVector", (ins
    I64Attr:$n)> {
  let summary = "[batch, c] becomes [batch, n, c]";
}

//===-- Regularisation -----------------------------------------------------===//

def DropoutOp : UnaryLayerOp<"dropout", "Dropout", (ins
    NumberAttr:$rate, NullableNumberAttr:$seed, OptionalAttr<AnyAttr>:$noise_shape)> {
  let summary = "In training zeroes a share `rate` of x and scales up the rest";
}

def SpatialDropout1DOp
    : UnaryLayerOp<"spatial_dropout1d", "SpatialDropout1D", (ins
    NumberAttr:$rate, NullableNumberAttr:$seed)> {
  let summary = "Dropout of whole channels of sequences";
}
def SpatialDropout2DOp
    : UnaryLayerOp<"spatial_dropout2d", "SpatialDropout2D", (ins
    NumberAttr:$rate, DefaultStrAttr<"channels_last">:$data_format,
    NullableNumberAttr:$seed)> {
  let summary = "Dropout of whole channels of images";
}
def GaussianDropoutOp
    : UnaryLayerOp<"gaussian_dropout", "GaussianDropout", (ins
    NumberAttr:$rate, NullableNumberAttr:$seed)> {
  let summary = "In training x times normal numbers about 1";
}
def GaussianNoiseOp : UnaryLayerOp<"gaussian_noise", "GaussianNoise", (ins
    NumberAttr:$stddev, NullableNumberAttr:$seed)> {
  let summary = "In training x plus normal numbers about 0";
}
def ActivityRegularizationOp
    : UnaryLayerOp<"activity_regularization", "ActivityRegularization", (ins
    DefaultNumberAttr<"0.0">:$l1, DefaultNumberAttr<"0.0">:$l2)> {
  let summary = "x, whose size is a loss";
}
def IdentityOp : UnaryLayerOp<"identity", "Identity", (ins)>;

//===-- Activations -------------------------------------------------------===//

def ActivationOp : UnaryLayerOp<"activation", "Activation", (ins
    ObjectAttr:$activation)>;
def ReLUOp : UnaryLayerOp<"relu", "ReLU", (ins
    NullableNumberAttr:$max_value, DefaultNumberAttr<"0.0">:$negative_slope,
    DefaultNumberAttr<"0.0">:$threshold)>;
def LeakyReLUOp : UnaryLayerOp<"leaky_relu", "LeakyReLU", (ins
    DefaultNumberAttr<"0.3">:$negative_slope)>;
def ELUOp : UnaryLayerOp<"elu", "ELU", (ins DefaultNumberAttr<"1.0">:$alpha)>;
def PReLUOp : UnaryLayerOp<"prelu", "PReLU", (ins
    DefaultObjectAttr<"zeros">:$alpha_initializer,
    NullableObjectAttr:$alpha_regularizer,
    NullableObjectAttr:$alpha_constraint,
    NullableIntsAttr:$shared_axes), ["weights"]> {
  let summary = "x where it is positive, else a learnt alpha times x";
}
def SoftmaxOp : UnaryLayerOp<"softmax", "Softmax", (ins
    DefaultIntsAttr<"-1">:$axis)>;

//===-- Merging -----------------------------------------------------------===//

def AddOp : MergeLayerOp<"add", "Add">;
def SubtractOp : MergeLayerOp<"subtract", "Subtract">;
def MultiplyOp : MergeLayerOp<"multiply", "Multiply">;
def AverageOp : MergeLayerOp<"average", "Average">;
def MaximumOp : MergeLayerOp<"maximum", "Maximum">;
def MinimumOp : MergeLayerOp<"minimum", "Minimum">;
def DotOp : MergeLayerOp<"dot", "Dot", (ins
    IntsAttr:$axes, DefaultBoolAttr<"false">:$normalize)> {
  let summary = "Sums products of two tensors over one dimension of each";
}
def ConcatenateOp : MergeLayerOp<"concatenate", "Concatenate", (ins
    DefaultIntAttr<"-1">:$axis)>;

#endif // DLC_LAYER_OPS
