// What the convolution layers have in common: checks, a bias, an activation.
#pragma once

#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Spatial.h"
#include "dialects/layer/layers/activations/Activation.h"
#include "dialects/prim/Prim.h"

namespace dlc::layer {

/// The channels of images in this format.
inline int64_t countChannels(mlir::RankedTensorType x,
                             llvm::StringRef dataFormat) {
  return x.getDimSize(isChannelsFirst(dataFormat) ? 1 : 3);
}

/// An f32 kernel or bias of this shape.
inline WeightSpec specifyWeight(llvm::StringRef name,
                                llvm::ArrayRef<int64_t> shape,
                                mlir::Attribute initializer,
                                mlir::Attribute regularizer) {
  auto f32 = mlir::Float32Type::get(initializer.getContext());
  return {name, mlir::RankedTensorType::get(shape, f32), true, initializer,
          regularizer};
}

/// An error that names the layer if this number of channels is not positive.
template <typename Layer>
llvm::LogicalResult verifyCount(std::optional<mlir::Location> loc,
                                typename Layer::Adaptor layer,
                                llvm::StringRef key, int64_t value) {
  if (value >= 1)
    return llvm::success();
  return emitLayerError<Layer>(loc, layer, key, " is ", value,
                               " but must be at least 1; give a positive "
                               "number");
}

/// Keras refuses windows that both step and stretch, but for depthwise kernels
/// (keras/src/layers/convolutional/base_conv.py).
template <typename Layer>
llvm::LogicalResult verifySteps(std::optional<mlir::Location> loc,
                                typename Layer::Adaptor layer) {
  int64_t stride = *llvm::max_element(layer.getStrides());
  int64_t dilation = *llvm::max_element(layer.getDilationRate());
  if (stride == 1 || dilation == 1)
    return llvm::success();
  return emitLayerError<Layer>(loc, layer, "strides reach ", stride,
                               " and dilation_rate ", dilation,
                               " but Keras takes one of them above 1; set the "
                               "other to 1");
}

/// The type of the activated images of a convolution.
template <typename Layer>
llvm::FailureOr<mlir::Type>
inferConvolved(std::optional<mlir::Location> loc, typename Layer::Adaptor layer,
               llvm::ArrayRef<int64_t> image, int64_t filters) {
  auto x = llvm::cast<mlir::RankedTensorType>(layer.getX().getType());
  auto type = mlir::RankedTensorType::get(
      orderImage(layer.getDataFormat(), x.getDimSize(0), image, filters),
      mlir::Float32Type::get(x.getContext()));
  return inferActivated<Layer>(loc, layer, type);
}

/// activation(convolve(x) + bias): `convolve` takes and gives channels last.
///     [n, h, w, c] -> [n, oh, ow, o]
template <typename Layer>
mlir::Value
expandConvolution(mlir::ImplicitLocOpBuilder &b, ExpandContext &ctx,
                  Layer layer,
                  llvm::function_ref<mlir::Value(mlir::Value)> convolve) {
  bool first = isChannelsFirst(layer.getDataFormat());
  mlir::Value x = convertTo(b, layer.getX(), b.getF32Type());
  mlir::Value y = convolve(first ? moveChannelsLast(b, x) : x);
  if (layer.getUseBias()) {
    mlir::Value bias =
        broadcastAlong(b, ctx.weight("bias"),
                       llvm::cast<mlir::RankedTensorType>(y.getType()), 3);
    y = prim::AddOp::create(b, y, bias);
  }
  if (first)
    y = moveChannelsFirst(b, y);
  return buildActivation(b, layer.getActivation(), y);
}

/// The windows of a layer over x, which has channels last; inferWindows found
/// them to be right.
template <typename Layer> Windows windowsOver(Layer layer, mlir::Value x) {
  auto type = llvm::cast<mlir::RankedTensorType>(x.getType());
  return placeWindows(type.getShape().slice(1, 2), layer.getPadding() == "same",
                      toPair(layer.getKernelSize()), toPair(layer.getStrides()),
                      toPair(layer.getDilationRate()));
}

} // namespace dlc::layer
