// Conv1DTranspose: the adjoint of a convolution over time, which lengthens.
#include "dialects/layer/layers/convolutional/Adjoint.h"
#include "dialects/layer/layers/convolutional/SequenceConvolution.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

/// Over rows.
template <typename Layer> static Transposed describe(Layer layer) {
  Transposed transposed{{1, layer.getKernelSize().front()},
                        {1, layer.getStrides().front()},
                        {1, layer.getDilationRate().front()},
                        layer.getPadding() == "same",
                        std::nullopt};
  if (std::optional<SmallVector<int64_t>> extra = layer.getOutputPadding())
    transposed.outputPadding = {0, extra->front()};
  return transposed;
}

FailureOr<Type> Conv1DTransposeOp::inferResult(std::optional<Location> loc,
                                               Adaptor layer) {
  auto size =
      inferSequence<Conv1DTransposeOp>(loc, layer, layer.getDataFormat());
  int64_t filters = layer.getFilters();
  if (failed(size) ||
      failed(verifyStepWindows<Conv1DTransposeOp>(
          loc, layer, "kernel_size", layer.getKernelSize(), layer.getStrides(),
          /*canBeCausal=*/false, layer.getDilationRate())) ||
      failed(verifySteps<Conv1DTransposeOp>(loc, layer)) ||
      failed(verifyCount<Conv1DTransposeOp>(loc, layer, "filters", filters)))
    return failure();
  if (std::optional<SmallVector<int64_t>> extra = layer.getOutputPadding()) {
    int64_t stride = layer.getStrides().front();
    if (extra->size() != 1 || extra->front() < 0 || extra->front() >= stride)
      return emitLayerError<Conv1DTransposeOp>(
          loc, layer, "output_padding is ", formatSizes(*extra),
          " but has to be below its stride of ", stride,
          "; give one number from 0 on");
  }
  return inferConvolvedSteps<Conv1DTransposeOp>(
      loc, layer,
      {placeAdjoint(describe(layer), {1, size->steps}).image[1], filters});
}

// kernel [k, filters, channels], bias [filters]
SmallVector<WeightSpec> Conv1DTransposeOp::weights() {
  int64_t filters = getFilters();
  SmallVector<WeightSpec> weights = {specifyWeight(
      "kernel", {getKernelSize().front(), filters, sequenceOf(*this).channels},
      getKernelInitializer(), getKernelRegularizerAttr())};
  if (getUseBias())
    weights.push_back(specifyWeight("bias", filters, getBiasInitializer(),
                                    getBiasRegularizerAttr()));
  return weights;
}

// y = activation(conv_input_grad(x, kernel) + bias), of rows
//     [n, 1, t, c] [1, k, o, c] + [o] -> [n, 1, ot, o]
Value Conv1DTransposeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  return expandOverTime(b, ctx, *this, [&](Value x) -> Value {
    auto type = cast<RankedTensorType>(x.getType());
    Transposed transposed = describe(*this);
    Adjoint adjoint = placeAdjoint(transposed, type.getShape().slice(1, 2));
    auto result = type.clone({type.getDimSize(0), adjoint.image[0],
                              adjoint.image[1], int64_t(getFilters())});
    return prim::Conv2DInputGradOp::create(
        b, result, x, toRowKernel(b, ctx.weight("kernel")), transposed.strides,
        adjoint.padding, transposed.dilation, 1);
  });
}
