// Normalization, and layers that scale by numbers.

#ifndef DLC_LAYER_NORMALIZATION_OPS
#define DLC_LAYER_NORMALIZATION_OPS

include "dialects/layer/LayerBase.td"

//===-- Normalization -----------------------------------------------------===//

def BatchNormalizationOp
    : NamedLayerOp<"batch_normalization", "BatchNormalization", (ins
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
    ["weights"], 1> {
  let summary = "(x - mean) / sqrt(variance + epsilon) * gamma + beta";
  let description = [{
    A `mask` leaves elements out of the statistics of a batch, and of nothing
    else.
  }];
}

def LayerNormalizationOp
    : UnaryLayerOp<"layer_normalization", "LayerNormalization", (ins
    DefaultIntsAttr<"-1">:$axis, DefaultNumberAttr<"1e-3">:$epsilon,
    DefaultBoolAttr<"true">:$center, DefaultBoolAttr<"true">:$scale,
    DefaultBoolAttr<"false">:$rms_scaling,
    DefaultObjectAttr<"zeros">:$beta_initializer,
    DefaultObjectAttr<"ones">:$gamma_initializer,
    NullableObjectAttr:$beta_regularizer, NullableObjectAttr:$gamma_regularizer,
    NullableObjectAttr:$beta_constraint, NullableObjectAttr:$gamma_constraint),
    ["weights"]> {
  let summary = "(x - mean) / sqrt(variance + epsilon) * gamma + beta in each sample";
}

def GroupNormalizationOp
    : UnaryLayerOp<"group_normalization", "GroupNormalization", (ins
    DefaultIntAttr<"32">:$groups, DefaultIntAttr<"-1">:$axis,
    DefaultNumberAttr<"1e-3">:$epsilon, DefaultBoolAttr<"true">:$center,
    DefaultBoolAttr<"true">:$scale,
    DefaultObjectAttr<"zeros">:$beta_initializer,
    DefaultObjectAttr<"ones">:$gamma_initializer,
    NullableObjectAttr:$beta_regularizer, NullableObjectAttr:$gamma_regularizer,
    NullableObjectAttr:$beta_constraint, NullableObjectAttr:$gamma_constraint),
    ["weights"]> {
  let summary = "(x - mean) / sqrt(variance + epsilon) * gamma + beta in each group of channels";
}
def RMSNormalizationOp
    : UnaryLayerOp<"rms_normalization", "RMSNormalization", (ins
    DefaultIntsAttr<"-1">:$axis, DefaultNumberAttr<"1e-6">:$epsilon),
    ["weights"]> {
  let summary = "x / sqrt(mean of x^2 + epsilon) * scale";
}
def UnitNormalizationOp
    : UnaryLayerOp<"unit_normalization", "UnitNormalization", (ins
    DefaultIntsAttr<"-1">:$axis)> {
  let summary = "x / |x| over some dimensions";
}

//===-- Preprocessing -----------------------------------------------------===//

def RescalingOp : UnaryLayerOp<"rescaling", "Rescaling", (ins
    NumbersAttr:$scale, DefaultNumbersAttr<"0.0">:$offset)> {
  let summary = "x scale + offset";
}

def NormalizationOp : UnaryLayerOp<"normalization", "Normalization", (ins
    // A dimension of its own statistics each; null: one for all of x.
    NullableIntsAttr:$axis, NullableNumbersAttr:$mean,
    NullableNumbersAttr:$variance, DefaultBoolAttr<"false">:$invert),
    ["weights"]> {
  let summary = "(x - mean) / sqrt(variance), of statistics known beforehand";
}

//===-- Of single networks in keras.applications --------------------------===//

def LayerScaleOp : UnaryLayerOp<"layer_scale", "LayerScale", (ins
    NumberAttr:$init_values, I64Attr:$projection_dim), ["weights"],
    "keras.src.applications.convnext"> {
  let summary = "x times a learnt number for each channel (ConvNeXt)";
}
def CustomScaleLayerOp : MergeLayerOp<"custom_scale", "CustomScaleLayer", (ins
    NumberAttr:$scale), [], "keras.src.applications.inception_resnet_v2"> {
  let summary = "x1 + x2 scale (InceptionResNetV2)";
}

#endif // DLC_LAYER_NORMALIZATION_OPS
