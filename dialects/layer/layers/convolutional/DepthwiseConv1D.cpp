// DepthwiseConv1D and SeparableConv1D: kernels over time for each channel by
// itself, and then, in the second, one of size 1 over all of them.
#include "dialects/layer/layers/convolutional/SequenceConvolution.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

template <typename Layer>
static FailureOr<SequenceSize> inferDepthwise(std::optional<Location> loc,
                                              typename Layer::Adaptor layer) {
  int64_t multiplier = layer.getDepthMultiplier();
  auto size = inferSequence<Layer>(loc, layer, layer.getDataFormat());
  if (failed(size) ||
      failed(verifyCount<Layer>(loc, layer, "depth_multiplier", multiplier)))
    return failure();
  auto windows = inferSteps<Layer>(
      loc, layer, size->steps, "kernel_size", layer.getKernelSize(),
      layer.getStrides(), /*canBeCausal=*/false, layer.getDilationRate());
  if (failed(windows))
    return failure();
  return SequenceSize{windows->count[1], size->channels * multiplier};
}

template <typename Layer> static int64_t countDepthwise(Layer layer) {
  return sequenceOf(layer).channels * int64_t(layer.getDepthMultiplier());
}

// [k, channels, depth_multiplier]
template <typename Layer>
static WeightSpec specifyDepthwise(Layer layer, StringRef name) {
  return specifyWeight(
      name,
      {layer.getKernelSize().front(), sequenceOf(layer).channels,
       int64_t(layer.getDepthMultiplier())},
      layer.getDepthwiseInitializer(), layer.getDepthwiseRegularizerAttr());
}

// As many groups as there are channels: output c m + j is channel c under its
// kernel j.
//     [n, 1, t, c] [k, c, m] as [1, k, 1, c m] -> [n, 1, ot, c m]
template <typename Layer>
static Value convolveDepthwise(ImplicitLocOpBuilder &b, Layer layer, Value x,
                               Value kernel) {
  Windows windows = stepsOf(layer);
  auto type = cast<RankedTensorType>(kernel.getType());
  ArrayRef<int64_t> shape = type.getShape();
  Value grouped = prim::ReshapeOp::create(
      b, type.clone({1, shape[0], 1, shape[1] * shape[2]}), kernel);
  return prim::Conv2DOp::create(b, x, grouped, windows.strides, windows.padding,
                                windows.dilation, shape[1]);
}

//===-- DepthwiseConv1D ---------------------------------------------------===//

FailureOr<Type> DepthwiseConv1DOp::inferResult(std::optional<Location> loc,
                                               Adaptor layer) {
  auto size = inferDepthwise<DepthwiseConv1DOp>(loc, layer);
  if (failed(size))
    return failure();
  return inferConvolvedSteps<DepthwiseConv1DOp>(loc, layer, *size);
}

// kernel [k, channels, depth_multiplier], bias [channels depth_multiplier]
SmallVector<WeightSpec> DepthwiseConv1DOp::weights() {
  SmallVector<WeightSpec> weights = {specifyDepthwise(*this, "kernel")};
  if (getUseBias())
    weights.push_back(specifyWeight("bias", countDepthwise(*this),
                                    getBiasInitializer(),
                                    getBiasRegularizerAttr()));
  return weights;
}

// y = activation(depthwise(x, kernel) + bias)
Value DepthwiseConv1DOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  return expandOverTime(b, ctx, *this, [&](Value x) {
    return convolveDepthwise(b, *this, x, ctx.weight("kernel"));
  });
}

//===-- SeparableConv1D ---------------------------------------------------===//

FailureOr<Type> SeparableConv1DOp::inferResult(std::optional<Location> loc,
                                               Adaptor layer) {
  auto size = inferDepthwise<SeparableConv1DOp>(loc, layer);
  int64_t filters = layer.getFilters();
  if (failed(size) ||
      failed(verifyCount<SeparableConv1DOp>(loc, layer, "filters", filters)))
    return failure();
  return inferConvolvedSteps<SeparableConv1DOp>(loc, layer,
                                                {size->steps, filters});
}

// depthwise_kernel [k, channels, depth_multiplier],
// pointwise_kernel [1, channels depth_multiplier, filters], bias [filters]
SmallVector<WeightSpec> SeparableConv1DOp::weights() {
  int64_t filters = getFilters();
  SmallVector<WeightSpec> weights = {
      specifyDepthwise(*this, "depthwise_kernel"),
      specifyWeight("pointwise_kernel", {1, countDepthwise(*this), filters},
                    getPointwiseInitializer(), getPointwiseRegularizerAttr())};
  if (getUseBias())
    weights.push_back(specifyWeight("bias", filters, getBiasInitializer(),
                                    getBiasRegularizerAttr()));
  return weights;
}

// y = activation(conv(depthwise(x, depthwise_kernel), pointwise_kernel) + bias)
Value SeparableConv1DOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  return expandOverTime(b, ctx, *this, [&](Value x) -> Value {
    Value y = convolveDepthwise(b, *this, x, ctx.weight("depthwise_kernel"));
    return prim::Conv2DOp::create(
        b, y, toRowKernel(b, ctx.weight("pointwise_kernel")),
        ArrayRef<int64_t>{1, 1}, ArrayRef<int64_t>{0, 0, 0, 0},
        ArrayRef<int64_t>{1, 1}, 1);
  });
}
