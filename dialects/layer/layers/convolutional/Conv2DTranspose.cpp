// Conv2DTranspose: the adjoint of a convolution, which enlarges.
#include "dialects/layer/layers/convolutional/Adjoint.h"
#include "dialects/layer/layers/convolutional/Convolution.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

template <typename Layer> static Transposed describe(Layer layer) {
  Transposed transposed{toPair(layer.getKernelSize()),
                        toPair(layer.getStrides()),
                        toPair(layer.getDilationRate()),
                        layer.getPadding() == "same", std::nullopt};
  if (std::optional<SmallVector<int64_t>> extra = layer.getOutputPadding())
    transposed.outputPadding = toPair(*extra);
  return transposed;
}

FailureOr<Type> Conv2DTransposeOp::inferResult(std::optional<Location> loc,
                                               Adaptor layer) {
  auto image = inferImage<Conv2DTransposeOp>(loc, layer);
  SmallVector<int64_t> strides = layer.getStrides();
  int64_t filters = layer.getFilters();
  if (failed(image) ||
      failed(verifyWindows<Conv2DTransposeOp>(loc, layer, "kernel_size",
                                              layer.getKernelSize(), strides,
                                              layer.getDilationRate())) ||
      failed(verifySteps<Conv2DTransposeOp>(loc, layer)) ||
      failed(verifyCount<Conv2DTransposeOp>(loc, layer, "filters", filters)))
    return failure();
  if (auto extra = layer.getOutputPadding()) {
    if (extra->empty() || extra->size() > 2)
      return emitLayerError<Conv2DTransposeOp>(
          loc, layer, "output_padding has ", extra->size(),
          " numbers but an image has two sides; give one or two");
    for (unsigned d : {0, 1})
      if (toPair(*extra)[d] < 0 || toPair(*extra)[d] >= toPair(strides)[d])
        return emitLayerError<Conv2DTransposeOp>(
            loc, layer, "output_padding is ", toPair(*extra)[d],
            " but has to be below its stride of ", toPair(strides)[d],
            "; give a number from 0 on");
  }
  return inferConvolved<Conv2DTransposeOp>(
      loc, layer, placeAdjoint(describe(layer), *image).image, filters);
}

// kernel [kh, kw, filters, channels], bias [filters]
SmallVector<WeightSpec> Conv2DTransposeOp::weights() {
  std::array<int64_t, 2> size = toPair(getKernelSize());
  int64_t channels = countChannels(getX().getType(), getDataFormat());
  int64_t filters = getFilters();
  SmallVector<WeightSpec> weights = {
      specifyWeight("kernel", {size[0], size[1], filters, channels},
                    getKernelInitializer(), getKernelRegularizerAttr())};
  if (getUseBias())
    weights.push_back(specifyWeight("bias", filters, getBiasInitializer(),
                                    getBiasRegularizerAttr()));
  return weights;
}

// y = activation(conv2d_input_grad(x, kernel) + bias)
//     [n, h, w, c] [kh, kw, o, c] + [o] -> [n, oh, ow, o]
Value Conv2DTransposeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  return expandConvolution(b, ctx, *this, [&](Value x) -> Value {
    auto type = cast<RankedTensorType>(x.getType());
    Adjoint adjoint =
        placeAdjoint(describe(*this), type.getShape().slice(1, 2));
    auto result = type.clone({type.getDimSize(0), adjoint.image[0],
                              adjoint.image[1], int64_t(getFilters())});
    return prim::Conv2DInputGradOp::create(
        b, result, x, ctx.weight("kernel"), toPair(getStrides()),
        adjoint.padding, toPair(getDilationRate()), 1);
  });
}
