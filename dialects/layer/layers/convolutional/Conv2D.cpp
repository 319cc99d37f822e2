// Conv2D: a convolution, a bias, an activation.
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Spatial.h"
#include "dialects/layer/layers/activations/Activation.h"
#include "dialects/prim/Prim.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static int64_t countChannels(RankedTensorType x, StringRef dataFormat) {
  return x.getDimSize(isChannelsFirst(dataFormat) ? 1 : 3);
}

FailureOr<Type> Conv2DOp::inferResult(std::optional<Location> loc,
                                      Adaptor layer) {
  auto windows =
      inferWindows<Conv2DOp>(loc, layer, "kernel_size", layer.getKernelSize(),
                             layer.getStrides(), layer.getDilationRate());
  if (failed(windows))
    return failure();
  auto x = cast<RankedTensorType>(layer.getX().getType());
  int64_t channels = countChannels(x, layer.getDataFormat());
  int64_t filters = layer.getFilters(), groups = layer.getGroups();
  if (filters < 1)
    return emitLayerError<Conv2DOp>(
        loc, layer, "filters is ", filters,
        " but must be at least 1; give a positive number");
  if (groups < 1 || channels % groups != 0 || filters % groups != 0)
    return emitLayerError<Conv2DOp>(
        loc, layer, "groups is ", groups, " but has to divide the ", channels,
        " channels of its input and its ", filters, " filters; choose another");
  auto type =
      RankedTensorType::get(orderImage(layer.getDataFormat(), x.getDimSize(0),
                                       windows->count, filters),
                            Float32Type::get(x.getContext()));
  return inferActivated<Conv2DOp>(loc, layer, type);
}

// kernel [kh, kw, channels / groups, filters], bias [filters]
SmallVector<WeightSpec> Conv2DOp::weights() {
  Type f32 = Float32Type::get(getContext());
  std::array<int64_t, 2> size = toPair(getKernelSize());
  int64_t channels = countChannels(getX().getType(), getDataFormat());
  int64_t filters = getFilters();
  SmallVector<int64_t> kernel = {size[0], size[1],
                                 channels / int64_t(getGroups()), filters};
  SmallVector<WeightSpec> weights;
  weights.push_back({"kernel", RankedTensorType::get(kernel, f32), true,
                     getKernelInitializer(), getKernelRegularizerAttr()});
  if (getUseBias())
    weights.push_back({"bias", RankedTensorType::get({filters}, f32), true,
                       getBiasInitializer(), getBiasRegularizerAttr()});
  return weights;
}

// y = activation(conv2d(x, kernel) + bias), computed with channels last
//     [n, h, w, c] [kh, kw, c, o] + [o] -> [n, oh, ow, o]
Value Conv2DOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  bool first = isChannelsFirst(getDataFormat());
  Value x = convertTo(b, getX(), b.getF32Type());
  if (first)
    x = moveChannelsLast(b, x);
  ArrayRef<int64_t> image =
      cast<RankedTensorType>(x.getType()).getShape().slice(1, 2);
  Windows windows =
      placeWindows(image, getPadding() == "same", toPair(getKernelSize()),
                   toPair(getStrides()), toPair(getDilationRate()));
  Value y = prim::Conv2DOp::create(b, x, ctx.weight("kernel"), windows.strides,
                                   windows.padding, windows.dilation,
                                   int64_t(getGroups()));
  if (getUseBias()) {
    Value bias = broadcastAlong(b, ctx.weight("bias"),
                                cast<RankedTensorType>(y.getType()), 3);
    y = prim::AddOp::create(b, y, bias);
  }
  if (first)
    y = moveChannelsFirst(b, y);
  return buildActivation(b, getActivation(), y);
}
