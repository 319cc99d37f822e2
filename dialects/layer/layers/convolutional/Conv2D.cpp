// Conv2D: a convolution, a bias, an activation.
#include "dialects/layer/layers/convolutional/Convolution.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

FailureOr<Type> Conv2DOp::inferResult(std::optional<Location> loc,
                                      Adaptor layer) {
  auto windows =
      inferWindows<Conv2DOp>(loc, layer, "kernel_size", layer.getKernelSize(),
                             layer.getStrides(), layer.getDilationRate());
  if (failed(windows) || failed(verifySteps<Conv2DOp>(loc, layer)))
    return failure();
  auto x = cast<RankedTensorType>(layer.getX().getType());
  int64_t channels = countChannels(x, layer.getDataFormat());
  int64_t filters = layer.getFilters(), groups = layer.getGroups();
  if (failed(verifyCount<Conv2DOp>(loc, layer, "filters", filters)))
    return failure();
  if (groups < 1 || channels % groups != 0 || filters % groups != 0)
    return emitLayerError<Conv2DOp>(
        loc, layer, "groups is ", groups, " but has to divide the ", channels,
        " channels of its input and its ", filters, " filters; choose another");
  return inferConvolved<Conv2DOp>(loc, layer, windows->count, filters);
}

// kernel [kh, kw, channels / groups, filters], bias [filters]
SmallVector<WeightSpec> Conv2DOp::weights() {
  std::array<int64_t, 2> size = toPair(getKernelSize());
  int64_t channels = countChannels(getX().getType(), getDataFormat());
  int64_t filters = getFilters(), groups = getGroups();
  SmallVector<WeightSpec> weights = {
      specifyWeight("kernel", {size[0], size[1], channels / groups, filters},
                    getKernelInitializer(), getKernelRegularizerAttr())};
  if (getUseBias())
    weights.push_back(specifyWeight("bias", filters, getBiasInitializer(),
                                    getBiasRegularizerAttr()));
  return weights;
}

// y = activation(conv2d(x, kernel) + bias)
//     [n, h, w, c] [kh, kw, c / groups, o] + [o] -> [n, oh, ow, o]
Value Conv2DOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  return expandConvolution(b, ctx, *this, [&](Value x) -> Value {
    Windows windows = windowsOver(*this, x);
    return prim::Conv2DOp::create(b, x, ctx.weight("kernel"), windows.strides,
                                  windows.padding, windows.dilation,
                                  int64_t(getGroups()));
  });
}
