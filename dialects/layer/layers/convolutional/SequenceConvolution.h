// What the convolutions over time have in common: they are convolutions of
// images of one row.
#pragma once

#include "dialects/layer/layers/Sequence.h"
#include "dialects/layer/layers/convolutional/Convolution.h"

namespace dlc::layer {

/// Steps and channels of a layer's operand, which inferSequence found to be
/// right.
template <typename Layer> SequenceSize sequenceOf(Layer layer) {
  auto x = llvm::cast<mlir::RankedTensorType>(layer.getX().getType());
  if (isChannelsFirst(layer.getDataFormat()))
    return {x.getDimSize(2), x.getDimSize(1)};
  return {x.getDimSize(1), x.getDimSize(2)};
}

/// The windows of such a layer.
template <typename Layer> Windows stepsOf(Layer layer) {
  return placeSteps(sequenceOf(layer).steps, layer.getPadding(),
                    layer.getKernelSize().front(), layer.getStrides().front(),
                    layer.getDilationRate().front());
}

/// The type of the activated sequence of a convolution.
template <typename Layer>
llvm::FailureOr<mlir::Type>
inferConvolvedSteps(std::optional<mlir::Location> loc,
                    typename Layer::Adaptor layer, SequenceSize size) {
  auto x = llvm::cast<mlir::RankedTensorType>(layer.getX().getType());
  return inferActivated<Layer>(
      loc, layer,
      makeSequence(x, layer.getDataFormat(), size,
                   mlir::Float32Type::get(x.getContext())));
}

/// A kernel over time as one over rows: [k, i, o] -> [1, k, i, o].
inline mlir::Value toRowKernel(mlir::ImplicitLocOpBuilder &b,
                               mlir::Value kernel) {
  auto type = llvm::cast<mlir::RankedTensorType>(kernel.getType());
  llvm::SmallVector<int64_t> shape(type.getShape());
  shape.insert(shape.begin(), 1);
  return reshapeTo(b, kernel, type.clone(shape));
}

/// activation(convolve(x) + bias): `convolve` takes and gives rows.
///     [n, 1, t, c] -> [n, 1, ot, o]
template <typename Layer>
mlir::Value
expandOverTime(mlir::ImplicitLocOpBuilder &b, ExpandContext &ctx, Layer layer,
               llvm::function_ref<mlir::Value(mlir::Value)> convolve) {
  llvm::StringRef format = layer.getDataFormat();
  mlir::Value y =
      convolve(toRow(b, convertTo(b, layer.getX(), b.getF32Type()), format));
  if (layer.getUseBias())
    y = prim::AddOp::create(
        b, y,
        broadcastAlong(b, ctx.weight("bias"),
                       llvm::cast<mlir::RankedTensorType>(y.getType()), 3));
  return buildActivation(b, layer.getActivation(), fromRow(b, y, format));
}

} // namespace dlc::layer
