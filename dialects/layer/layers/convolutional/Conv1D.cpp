// Conv1D: a convolution over time, a bias, an activation.
#include "dialects/layer/layers/convolutional/SequenceConvolution.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

FailureOr<Type> Conv1DOp::inferResult(std::optional<Location> loc,
                                      Adaptor layer) {
  auto size = inferSequence<Conv1DOp>(loc, layer, layer.getDataFormat());
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
  return inferConvolvedSteps<Conv1DOp>(loc, layer,
                                       {windows->count[1], filters});
}

// kernel [k, channels / groups, filters], bias [filters]
SmallVector<WeightSpec> Conv1DOp::weights() {
  int64_t channels = sequenceOf(*this).channels;
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
  return expandOverTime(b, ctx, *this, [&](Value x) -> Value {
    Windows windows = stepsOf(*this);
    return prim::Conv2DOp::create(b, x, toRowKernel(b, ctx.weight("kernel")),
                                  windows.strides, windows.padding,
                                  windows.dilation, int64_t(getGroups()));
  });
}
