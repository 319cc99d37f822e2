// Sequences [n, steps, channels] as images of one row, and windows over them.
#pragma once

#include "dialects/layer/layers/Spatial.h"
#include "dialects/layer/layers/reshaping/Resize.h"
#include "dialects/prim/Prim.h"

namespace dlc::layer {

/// Steps and channels of a sequence.
struct SequenceSize {
  int64_t steps, channels;
};

/// Of x, or an error that names the layer.
template <typename Layer>
llvm::FailureOr<SequenceSize>
inferSequence(std::optional<mlir::Location> loc, typename Layer::Adaptor layer,
              llvm::StringRef format = "channels_last") {
  auto x = llvm::cast<mlir::RankedTensorType>(layer.getX().getType());
  if (x.getRank() != 3)
    return emitLayerError<Layer>(loc, layer, "input is ", x, " of rank ",
                                 x.getRank(),
                                 " but sequences have rank 3; put a Reshape "
                                 "before it");
  if (format != "channels_last" && format != "channels_first")
    return emitLayerError<Layer>(loc, layer, "data_format is \"", format,
                                 "\" but sequences are channels_last or "
                                 "channels_first; choose one of these");
  if (isChannelsFirst(format))
    return SequenceSize{x.getDimSize(2), x.getDimSize(1)};
  return SequenceSize{x.getDimSize(1), x.getDimSize(2)};
}

/// [n, steps, channels], or channels before steps.
inline mlir::RankedTensorType makeSequence(mlir::RankedTensorType like,
                                           llvm::StringRef format,
                                           SequenceSize size,
                                           mlir::Type element) {
  int64_t n = like.getDimSize(0);
  if (isChannelsFirst(format))
    return mlir::RankedTensorType::get({n, size.channels, size.steps}, element);
  return mlir::RankedTensorType::get({n, size.steps, size.channels}, element);
}

/// [n, t, c], or [n, c, t] with channels first, -> [n, 1, t, c]
inline mlir::Value toRow(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                         llvm::StringRef format) {
  if (isChannelsFirst(format))
    x = prim::TransposeOp::create(b, x, llvm::ArrayRef<int64_t>{0, 2, 1});
  auto type = llvm::cast<mlir::RankedTensorType>(x.getType());
  return reshapeTo(b, x,
                   type.clone({type.getDimSize(0), 1, type.getDimSize(1),
                               type.getDimSize(2)}));
}

/// And back.
inline mlir::Value fromRow(mlir::ImplicitLocOpBuilder &b, mlir::Value row,
                           llvm::StringRef format) {
  auto type = llvm::cast<mlir::RankedTensorType>(row.getType());
  mlir::Value x = reshapeTo(
      b, row,
      type.clone({type.getDimSize(0), type.getDimSize(2), type.getDimSize(3)}));
  if (isChannelsFirst(format))
    return prim::TransposeOp::create(b, x, llvm::ArrayRef<int64_t>{0, 2, 1});
  return x;
}

/// Windows over the steps of a row. 'causal' pads before the first step so that
/// each window ends at its own.
inline Windows placeSteps(int64_t steps, llvm::StringRef padding, int64_t size,
                          int64_t stride, int64_t dilation = 1) {
  int64_t before = padding == "causal" ? (size - 1) * dilation : 0;
  Windows windows = placeWindows({1, steps + before}, padding == "same",
                                 {1, size}, {1, stride}, {1, dilation});
  windows.padding[2] += before;
  return windows;
}

/// An error that names the layer and the key, unless these are one positive
/// number each and the padding is a kind that there is.
template <typename Layer>
llvm::LogicalResult
verifyStepWindows(std::optional<mlir::Location> loc,
                  typename Layer::Adaptor layer, llvm::StringRef sizeKey,
                  llvm::ArrayRef<int64_t> size, llvm::ArrayRef<int64_t> strides,
                  bool canBeCausal, llvm::ArrayRef<int64_t> dilation = {1}) {
  for (auto [key, values] :
       {std::pair(sizeKey, size),
        std::pair(llvm::StringRef("strides"), strides),
        std::pair(llvm::StringRef("dilation_rate"), dilation)})
    if (values.size() != 1 || values[0] < 1)
      return emitLayerError<Layer>(loc, layer, key, " is ", formatSizes(values),
                                   " but a sequence has one side; give one "
                                   "number of at least 1");
  llvm::StringRef padding = layer.getPadding();
  if (padding != "same" && padding != "valid" &&
      !(canBeCausal && padding == "causal"))
    return emitLayerError<Layer>(
        loc, layer, "padding is \"", padding, "\" but must be same or valid",
        canBeCausal ? " or causal" : "", "; choose one of these");
  return llvm::success();
}

/// The windows over the steps, or an error that names the layer and the key.
template <typename Layer>
llvm::FailureOr<Windows>
inferSteps(std::optional<mlir::Location> loc, typename Layer::Adaptor layer,
           int64_t steps, llvm::StringRef sizeKey, llvm::ArrayRef<int64_t> size,
           llvm::ArrayRef<int64_t> strides, bool canBeCausal,
           llvm::ArrayRef<int64_t> dilation = {1}) {
  if (failed(verifyStepWindows<Layer>(loc, layer, sizeKey, size, strides,
                                      canBeCausal, dilation)))
    return llvm::failure();
  Windows windows =
      placeSteps(steps, layer.getPadding(), size[0], strides[0], dilation[0]);
  if (windows.count[1] < 1)
    return emitLayerError<Layer>(loc, layer, sizeKey, " reaches over ",
                                 (size[0] - 1) * dilation[0] + 1,
                                 " steps but its input has ", steps,
                                 "; make it smaller or use padding = \"same\"");
  return windows;
}

} // namespace dlc::layer
