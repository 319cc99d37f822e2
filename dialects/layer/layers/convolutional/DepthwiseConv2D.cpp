// DepthwiseConv2D and SeparableConv2D: kernels for each channel by itself, and
// then, in the second, one of size 1 over all of them.
#include "dialects/layer/layers/convolutional/Convolution.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

/// The windows of the depthwise kernel, and its number for each channel.
template <typename Layer>
static FailureOr<Windows> inferDepthwise(std::optional<Location> loc,
                                         typename Layer::Adaptor layer) {
  if (failed(verifyCount<Layer>(loc, layer, "depth_multiplier",
                                layer.getDepthMultiplier())))
    return failure();
  return inferWindows<Layer>(loc, layer, "kernel_size", layer.getKernelSize(),
                             layer.getStrides(), layer.getDilationRate());
}

template <typename Layer> static int64_t countDepthwise(Layer layer) {
  auto x = cast<RankedTensorType>(layer.getX().getType());
  return countChannels(x, layer.getDataFormat()) *
         int64_t(layer.getDepthMultiplier());
}

// [kh, kw, channels, depth_multiplier]
template <typename Layer>
static WeightSpec specifyDepthwise(Layer layer, StringRef name) {
  std::array<int64_t, 2> size = toPair(layer.getKernelSize());
  int64_t multiplier = layer.getDepthMultiplier();
  return specifyWeight(
      name, {size[0], size[1], countDepthwise(layer) / multiplier, multiplier},
      layer.getDepthwiseInitializer(), layer.getDepthwiseRegularizerAttr());
}

// A convolution of as many groups as there are channels: output c m + j is
// channel c under its kernel j.
//     [n, h, w, c] [kh, kw, c, m] as [kh, kw, 1, c m] -> [n, oh, ow, c m]
template <typename Layer>
static Value convolveDepthwise(ImplicitLocOpBuilder &b, Layer layer, Value x,
                               Value kernel) {
  Windows windows = windowsOver(layer, x);
  auto type = cast<RankedTensorType>(kernel.getType());
  ArrayRef<int64_t> shape = type.getShape();
  Value grouped = prim::ReshapeOp::create(
      b, type.clone({shape[0], shape[1], 1, shape[2] * shape[3]}), kernel);
  return prim::Conv2DOp::create(b, x, grouped, windows.strides, windows.padding,
                                windows.dilation, shape[2]);
}

//===-- DepthwiseConv2D ---------------------------------------------------===//

FailureOr<Type> DepthwiseConv2DOp::inferResult(std::optional<Location> loc,
                                               Adaptor layer) {
  auto windows = inferDepthwise<DepthwiseConv2DOp>(loc, layer);
  if (failed(windows))
    return failure();
  return inferConvolved<DepthwiseConv2DOp>(loc, layer, windows->count,
                                           countDepthwise(layer));
}

// kernel [kh, kw, channels, depth_multiplier], bias [channels
// depth_multiplier]
SmallVector<WeightSpec> DepthwiseConv2DOp::weights() {
  SmallVector<WeightSpec> weights = {specifyDepthwise(*this, "kernel")};
  if (getUseBias())
    weights.push_back(specifyWeight("bias", countDepthwise(*this),
                                    getBiasInitializer(),
                                    getBiasRegularizerAttr()));
  return weights;
}

// y = activation(depthwise(x, kernel) + bias)
Value DepthwiseConv2DOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  return expandConvolution(b, ctx, *this, [&](Value x) {
    return convolveDepthwise(b, *this, x, ctx.weight("kernel"));
  });
}

//===-- SeparableConv2D ---------------------------------------------------===//

FailureOr<Type> SeparableConv2DOp::inferResult(std::optional<Location> loc,
                                               Adaptor layer) {
  auto windows = inferDepthwise<SeparableConv2DOp>(loc, layer);
  int64_t filters = layer.getFilters();
  if (failed(windows) ||
      failed(verifyCount<SeparableConv2DOp>(loc, layer, "filters", filters)))
    return failure();
  return inferConvolved<SeparableConv2DOp>(loc, layer, windows->count, filters);
}

// depthwise_kernel [kh, kw, channels, depth_multiplier],
// pointwise_kernel [1, 1, channels depth_multiplier, filters], bias [filters]
SmallVector<WeightSpec> SeparableConv2DOp::weights() {
  int64_t filters = getFilters();
  SmallVector<WeightSpec> weights = {
      specifyDepthwise(*this, "depthwise_kernel"),
      specifyWeight("pointwise_kernel", {1, 1, countDepthwise(*this), filters},
                    getPointwiseInitializer(), getPointwiseRegularizerAttr())};
  if (getUseBias())
    weights.push_back(specifyWeight("bias", filters, getBiasInitializer(),
                                    getBiasRegularizerAttr()));
  return weights;
}

// y = activation(conv2d(depthwise(x, depthwise_kernel), pointwise_kernel) +
//                bias)
Value SeparableConv2DOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  return expandConvolution(b, ctx, *this, [&](Value x) -> Value {
    Value y = convolveDepthwise(b, *this, x, ctx.weight("depthwise_kernel"));
    return prim::Conv2DOp::create(
        b, y, ctx.weight("pointwise_kernel"), ArrayRef<int64_t>{1, 1},
        ArrayRef<int64_t>{0, 0, 0, 0}, ArrayRef<int64_t>{1, 1}, 1);
  });
}
