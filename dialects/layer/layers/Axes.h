// Dimensions as Keras counts them: -1 is the last, and the batch is never one.
#pragma once

#include "dialects/layer/Layer.h"

namespace dlc::layer {

/// Non-negative, ascending, without repeats. The axes are in range.
llvm::SmallVector<int64_t> normalizeAxes(llvm::ArrayRef<int64_t> axes,
                                         int64_t rank);

/// softmax over some dimensions of an f32 x.
mlir::Value buildSoftmax(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                         llvm::ArrayRef<int64_t> dims);

/// The axes of a layer over x, or an error that names the layer: one is out of
/// range, or it is the batch, over which no layer may compute.
template <typename Layer>
llvm::FailureOr<llvm::SmallVector<int64_t>>
normalizeAxes(std::optional<mlir::Location> loc, typename Layer::Adaptor layer,
              llvm::ArrayRef<int64_t> axes, mlir::RankedTensorType x) {
  int64_t rank = x.getRank();
  for (int64_t axis : axes) {
    if (axis < -rank || axis >= rank)
      return emitLayerError<Layer>(loc, layer, "axis is ", axis,
                                   " but its input is ", x,
                                   "; choose one of its dimensions");
    if ((axis + rank) % rank == 0 && x.isDynamicDim(0))
      return emitLayerError<Layer>(loc, layer, "axis is ", axis,
                                   " but that is the batch, whose samples are "
                                   "independent; choose another dimension");
  }
  return normalizeAxes(axes, rank);
}

} // namespace dlc::layer
