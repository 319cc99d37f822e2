// Conv1D: a convolution over time, a bias, an activation.
#include "dialects/layer/layers/Sequence.h"
#include "dialects/layer/layers/convolutional/Convolution.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

FailureOr<Type> Conv1DOp::inferResult(std::optional<Location> loc,
                                      Adaptor layer) {
  StringRef format = layer.getDataFormat();
  auto size = inferSequence<Conv1DOp>(loc, layer, format);
  if (failed(size))
    return failure();
  auto windows = inferSteps<Conv1DOp>(
      loc, layer, size->steps, "kernel_size", layer.getKernelSize(),
      layer.getStrides(), /*canBeCausal=*/true, layer.getDilationRate());
  if (failed(windows) || failed(verifySteps<Conv1DOp>(loc, layer)))
    return failure();
  int64_t filters = layer.getFilters(), groups = layer.getGroups();
  if (failed(verifyCount<Conv1DOp>(loc, layer, "filters", filters)))
    return failure();
  if (groups < 1 || size->channels % groups != 0 || filters % groups != 0)
    return emitLayerError<Conv1DOp>(loc, layer, "groups is ", groups,
                                    " but has to divide the ", size->channels,
                                    " channels of its input and its ", filters,
                                    " filters; choose another");
  auto x = cast<RankedTensorType>(layer.getX().getType());
  return inferActivated<Conv1DOp>(
      loc, layer,
      makeSequence(x, format, {windows->count[1], filters},
                   Float32Type::get(x.getContext())));
}

static SequenceSize sizeOf(Conv1DOp layer) {
  RankedTensorType x = layer.getX().getType();
  if (isChannelsFirst(layer.getDataFormat()))
    return {x.getDimSize(2), x.getDimSize(1)};
  return {x.getDimSize(1), x.getDimSize(2)};
}

// kernel [k, channels / groups, filters], bias [filters]
SmallVector<WeightSpec> Conv1DOp::weights() {
  int64_t channels = sizeOf(*this).channels;
  SmallVector<WeightSpec> weights = {
      specifyWeight("kernel",
                    {getKernelSize().front(), channels / int64_t(getGroups()),
                     int64_t(getFilters())},
                    getKernelInitializer(), getKernelRegularizerAttr())};
  if (getUseBias())
    weights.push_back(specifyWeight("bias", int64_t(getFilters()),
                                    getBiasInitializer(),
                                    getBiasRegularizerAttr()));
  return weights;
}

// y = activation(conv(x, kernel) + bias), as a convolution of rows
//     [n, 1, t, c] [1, k, c / groups, o] + [o] -> [n, 1, ot, o]
Value Conv1DOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  Windows windows =
      placeSteps(sizeOf(*this).steps, getPadding(), getKernelSize().front(),
                 getStrides().front(), getDilationRate().front());
  Value x = toRow(b, convertTo(b, getX(), b.getF32Type()), getDataFormat());
  Value kernel = ctx.weight("kernel");
  auto type = cast<RankedTensorType>(kernel.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.insert(shape.begin(), 1);
  Value y = prim::Conv2DOp::create(
      b, x, reshapeTo(b, kernel, type.clone(shape)), windows.strides,
      windows.padding, windows.dilation, int64_t(getGroups()));
  if (getUseBias())
    y = prim::AddOp::create(b, y,
                            broadcastAlong(b, ctx.weight("bias"),
                                           cast<RankedTensorType>(y.getType()),
                                           3));
  return buildActivation(b, getActivation(), fromRow(b, y, getDataFormat()));
}
