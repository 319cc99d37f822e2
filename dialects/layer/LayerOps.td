// The layers of keras.layers: config keys as attributes, no mathematics.

#ifndef DLC_LAYER_OPS
#define DLC_LAYER_OPS

include "dialects/layer/LayerBase.td"

//===-- Core --------------------------------------------------------------===//

def InputOp : LayerOp<"input", "InputLayer", (ins), (ins
    IntsAttr:$shape, DefaultValuedStrAttr<StrAttr, "float32">:$dtype)> {
  let summary = "A tensor that the caller feeds; `shape` is that of one sample";
  let assemblyFormat = "$name attr-dict";
}

defvar kernelConfig = (ins
    DefaultBoolAttr<"true">:$use_bias,
    DefaultObjectAttr<"glorot_uniform">:$kernel_initializer,
    DefaultObjectAttr<"zeros">:$bias_initializer,
    NullableObjectAttr:$kernel_regularizer,
    NullableObjectAttr:$bias_regularizer,
    NullableObjectAttr:$activity_regularizer,
    NullableObjectAttr:$kernel_constraint,
    NullableObjectAttr:$bias_constraint);

def DenseOp : UnaryLayerOp<"dense", "Dense", !con((ins
    I64Attr:$units, DefaultValuedStrAttr<StrAttr, "linear">:$activation),
    kernelConfig), ["weights"]> {
  let summary = "activation(x kernel + bias) over the last dimension";
}

//===-- Convolution and pooling -------------------------------------------===//

def Conv2DOp : UnaryLayerOp<"conv2d", "Conv2D", !con((ins
    I64Attr:$filters, IntsAttr:$kernel_size, DefaultIntsAttr<"1">:$strides,
    DefaultValuedStrAttr<StrAttr, "valid">:$padding,
    DefaultValuedStrAttr<StrAttr, "channels_last">:$data_format,
    DefaultIntsAttr<"1">:$dilation_rate, DefaultIntAttr<"1">:$groups,
    DefaultValuedStrAttr<StrAttr, "linear">:$activation),
    kernelConfig), ["weights"]> {
  let summary = "activation(x convolved with the kernel + bias)";
}

defvar poolConfig = (ins
    DefaultIntsAttr<"2">:$pool_size, NullableIntsAttr:$strides,
    DefaultValuedStrAttr<StrAttr, "valid">:$padding,
    DefaultValuedStrAttr<StrAttr, "channels_last">:$data_format);

def MaxPooling2DOp
    : UnaryLayerOp<"max_pooling2d", "MaxPooling2D", poolConfig>;
def AveragePooling2DOp
    : UnaryLayerOp<"average_pooling2d", "AveragePooling2D", poolConfig>;
def GlobalAveragePooling2DOp
    : UnaryLayerOp<"global_average_pooling2d", "GlobalAveragePooling2D", (ins
    DefaultValuedStrAttr<StrAttr, "channels_last">:$data_format,
    DefaultBoolAttr<"false">:$keepdims)>;

//===-- Shape -------------------------------------------------------------===//

def FlattenOp : UnaryLayerOp<"flatten", "Flatten", (ins
    DefaultValuedStrAttr<StrAttr, "channels_last">:$data_format)>;
def ReshapeOp : UnaryLayerOp<"reshape", "Reshape", (ins
    IntsAttr:$target_shape)>;

//===-- Regularisation and normalisation ----------------------------------===//

def DropoutOp : UnaryLayerOp<"dropout", "Dropout", (ins
    NumberAttr:$rate, NullableNumberAttr:$seed, OptionalAttr<AnyAttr>:$noise_shape)> {
  let summary = "In training zeroes a share `rate` of x and scales up the rest";
}

def BatchNormalizationOp
    : UnaryLayerOp<"batch_normalization", "BatchNormalization", (ins
    DefaultIntsAttr<"-1">:$axis, DefaultNumberAttr<"0.99">:$momentum,
    DefaultNumberAttr<"1e-3">:$epsilon, DefaultBoolAttr<"true">:$center,
    DefaultBoolAttr<"true">:$scale,
    DefaultObjectAttr<"zeros">:$beta_initializer,
    DefaultObjectAttr<"ones">:$gamma_initializer,
    DefaultObjectAttr<"zeros">:$moving_mean_initializer,
    DefaultObjectAttr<"ones">:$moving_variance_initializer,
    NullableObjectAttr:$beta_regularizer, NullableObjectAttr:$gamma_regularizer,
    NullableObjectAttr:$beta_constraint, NullableObjectAttr:$gamma_constraint,
    DefaultBoolAttr<"false">:$synchronized, DefaultBoolAttr<"false">:$renorm),
    ["weights"]> {
  let summary = "(x - mean) / sqrt(variance + epsilon) * gamma + beta";
}

//===-- Activations -------------------------------------------------------===//

def ActivationOp : UnaryLayerOp<"activation", "Activation", (ins
    StrAttr:$activation)>;
def ReLUOp : UnaryLayerOp<"relu", "ReLU", (ins
    NullableNumberAttr:$max_value, DefaultNumberAttr<"0.0">:$negative_slope,
    DefaultNumberAttr<"0.0">:$threshold)>;
def SoftmaxOp : UnaryLayerOp<"softmax", "Softmax", (ins
    DefaultIntsAttr<"-1">:$axis)>;

//===-- Merging -----------------------------------------------------------===//

def AddOp : MergeLayerOp<"add", "Add">;
def SubtractOp : MergeLayerOp<"subtract", "Subtract">;
def MultiplyOp : MergeLayerOp<"multiply", "Multiply">;
def ConcatenateOp : MergeLayerOp<"concatenate", "Concatenate", (ins
    DefaultIntAttr<"-1">:$axis)>;

#endif // DLC_LAYER_OPS
