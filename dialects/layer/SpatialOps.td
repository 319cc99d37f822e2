// Layers over images: convolutions, pooling, and what moves pixels.

#ifndef DLC_LAYER_SPATIAL_OPS
#define DLC_LAYER_SPATIAL_OPS

include "dialects/layer/LayerBase.td"

//===-- Convolution -------------------------------------------------------===//

def Conv2DOp : UnaryLayerOp<"conv2d", "Conv2D", !con((ins
    I64Attr:$filters, IntsAttr:$kernel_size, DefaultIntsAttr<"1">:$strides,
    DefaultValuedStrAttr<StrAttr, "valid">:$padding,
    DefaultValuedStrAttr<StrAttr, "channels_last">:$data_format,
    DefaultIntsAttr<"1">:$dilation_rate, DefaultIntAttr<"1">:$groups,
    DefaultActivationAttr<"linear">:$activation),
    kernelConfig), ["weights"]> {
  let summary = "activation(x convolved with the kernel + bias)";
}

defvar depthwiseConfig = (ins
    DefaultIntAttr<"1">:$depth_multiplier,
    IntsAttr:$kernel_size, DefaultIntsAttr<"1">:$strides,
    DefaultStrAttr<"valid">:$padding,
    DefaultStrAttr<"channels_last">:$data_format,
    DefaultIntsAttr<"1">:$dilation_rate,
    DefaultActivationAttr<"linear">:$activation,
    DefaultBoolAttr<"true">:$use_bias,
    DefaultObjectAttr<"glorot_uniform">:$depthwise_initializer,
    DefaultObjectAttr<"zeros">:$bias_initializer,
    NullableObjectAttr:$depthwise_regularizer,
    NullableObjectAttr:$bias_regularizer,
    NullableObjectAttr:$activity_regularizer,
    NullableObjectAttr:$depthwise_constraint,
    NullableObjectAttr:$bias_constraint);

def DepthwiseConv2DOp : UnaryLayerOp<"depthwise_conv2d", "DepthwiseConv2D",
    depthwiseConfig, ["weights"]> {
  let summary = "Each channel convolved with depth_multiplier kernels of its own";
}

defvar separableConfig = !con((ins I64Attr:$filters), depthwiseConfig, (ins
    DefaultObjectAttr<"glorot_uniform">:$pointwise_initializer,
    NullableObjectAttr:$pointwise_regularizer,
    NullableObjectAttr:$pointwise_constraint));

def SeparableConv2DOp : UnaryLayerOp<"separable_conv2d", "SeparableConv2D",
    separableConfig, ["weights"]> {
  let summary = "A depthwise convolution, then one of size 1 over all channels";
}

defvar transposeConfig = !con((ins
    I64Attr:$filters, IntsAttr:$kernel_size, DefaultIntsAttr<"1">:$strides,
    DefaultStrAttr<"valid">:$padding, NullableIntsAttr:$output_padding,
    DefaultStrAttr<"channels_last">:$data_format,
    DefaultIntsAttr<"1">:$dilation_rate,
    DefaultActivationAttr<"linear">:$activation), kernelConfig);

def Conv2DTransposeOp : UnaryLayerOp<"conv2d_transpose", "Conv2DTranspose",
    transposeConfig, ["weights"]> {
  let summary = "The adjoint of a convolution, + bias, activated";
}

//===-- Pooling -----------------------------------------------------------===//

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
def GlobalMaxPooling2DOp
    : UnaryLayerOp<"global_max_pooling2d", "GlobalMaxPooling2D", (ins
    DefaultStrAttr<"channels_last">:$data_format,
    DefaultBoolAttr<"false">:$keepdims)>;

// Over time steps.
defvar globalPool1DConfig = (ins DefaultStrAttr<"channels_last">:$data_format,
                                 DefaultBoolAttr<"false">:$keepdims);
def GlobalAveragePooling1DOp
    : NamedLayerOp<"global_average_pooling1d", "GlobalAveragePooling1D",
                   globalPool1DConfig, [], 1> {
  let summary = "The mean over time, of the steps that a `mask` leaves";
}
def GlobalMaxPooling1DOp
    : UnaryLayerOp<"global_max_pooling1d", "GlobalMaxPooling1D",
                   globalPool1DConfig>;

//===-- Reshaping ---------------------------------------------------------===//

def ZeroPadding2DOp : UnaryLayerOp<"zero_padding2d", "ZeroPadding2D", (ins
    DefaultBordersAttr<"1">:$padding,
    DefaultStrAttr<"channels_last">:$data_format)> {
  let summary = "Zeros around an image";
}
def Cropping2DOp : UnaryLayerOp<"cropping2d", "Cropping2D", (ins
    DefaultBordersAttr<"0">:$cropping,
    DefaultStrAttr<"channels_last">:$data_format)> {
  let summary = "An image without its edges";
}
def UpSampling2DOp : UnaryLayerOp<"up_sampling2d", "UpSampling2D", (ins
    DefaultIntsAttr<"2">:$size,
    DefaultStrAttr<"channels_last">:$data_format,
    DefaultStrAttr<"nearest">:$interpolation)> {
  let summary = "An image enlarged by whole factors";
}

//===-- Sequences ---------------------------------------------------------===//

// The layers over images with one side: [n, steps, channels].

def Conv1DOp : UnaryLayerOp<"conv1d", "Conv1D", !con((ins
    I64Attr:$filters, IntsAttr:$kernel_size, DefaultIntsAttr<"1">:$strides,
    DefaultStrAttr<"valid">:$padding, DefaultStrAttr<"channels_last">:$data_format,
    DefaultIntsAttr<"1">:$dilation_rate, DefaultIntAttr<"1">:$groups,
    DefaultActivationAttr<"linear">:$activation), kernelConfig), ["weights"]> {
  let summary = "activation(x convolved over time with the kernel + bias)";
}

def DepthwiseConv1DOp : UnaryLayerOp<"depthwise_conv1d", "DepthwiseConv1D",
    depthwiseConfig, ["weights"]> {
  let summary = "Each channel convolved over time with depth_multiplier kernels of its own";
}

def SeparableConv1DOp : UnaryLayerOp<"separable_conv1d", "SeparableConv1D",
    separableConfig, ["weights"]> {
  let summary = "A depthwise convolution over time, then one of size 1 over all channels";
}

def Conv1DTransposeOp : UnaryLayerOp<"conv1d_transpose", "Conv1DTranspose",
    transposeConfig, ["weights"]> {
  let summary = "The adjoint of a convolution over time, + bias, activated";
}

defvar pool1DConfig = (ins
    DefaultIntsAttr<"2">:$pool_size, NullableIntsAttr:$strides,
    DefaultStrAttr<"valid">:$padding,
    DefaultStrAttr<"channels_last">:$data_format);
def MaxPooling1DOp
    : UnaryLayerOp<"max_pooling1d", "MaxPooling1D", pool1DConfig>;
def AveragePooling1DOp
    : UnaryLayerOp<"average_pooling1d", "AveragePooling1D", pool1DConfig>;

def ZeroPadding1DOp : UnaryLayerOp<"zero_padding1d", "ZeroPadding1D", (ins
    DefaultIntsAttr<"1">:$padding,
    DefaultStrAttr<"channels_last">:$data_format)> {
  let summary = "Zeros before and after a sequence";
}
def Cropping1DOp : UnaryLayerOp<"cropping1d", "Cropping1D", (ins
    DefaultIntsAttr<"1">:$cropping)> {
  let summary = "A sequence without its first and last steps";
}
def UpSampling1DOp : UnaryLayerOp<"up_sampling1d", "UpSampling1D", (ins
    DefaultIntsAttr<"2">:$size)> {
  let summary = "A sequence with each step again and again";
}

#endif // DLC_LAYER_SPATIAL_OPS
