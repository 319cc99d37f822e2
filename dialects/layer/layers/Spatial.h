// Images: where height, width and channels are, and what windows need around
// the edges.
#pragma once

#include "dialects/layer/Layer.h"

namespace dlc::layer {

/// Windows over height and width: a convolution's kernel or a pool.
struct Windows {
  std::array<int64_t, 2> size, strides, dilation = {1, 1};
  /// Elements beyond the edge: top, bottom, left, right.
  std::array<int64_t, 4> padding;
  /// How many windows there are.
  std::array<int64_t, 2> count;
};

inline bool isChannelsFirst(llvm::StringRef dataFormat) {
  return dataFormat == "channels_first";
}

/// [n, c, h, w] -> [n, h, w, c], and back.
mlir::Value moveChannelsLast(mlir::ImplicitLocOpBuilder &b, mlir::Value x);
mlir::Value moveChannelsFirst(mlir::ImplicitLocOpBuilder &b, mlir::Value x);

/// Sizes as Keras lists them for this format; from [n, h, w, c].
llvm::SmallVector<int64_t> orderImage(llvm::StringRef dataFormat, int64_t n,
                                      llvm::ArrayRef<int64_t> hw, int64_t c);

/// 2 means [2, 2]. Two numbers at most.
std::array<int64_t, 2> toPair(llvm::ArrayRef<int64_t> sizes);

/// 'same' pads so that count = ceil(size / stride), with the odd element at the
/// end; 'valid' does not pad (keras/src/ops/operation_utils.py).
Windows placeWindows(llvm::ArrayRef<int64_t> image, bool same,
                     std::array<int64_t, 2> size,
                     std::array<int64_t, 2> strides,
                     std::array<int64_t, 2> dilation = {1, 1});

/// The height and width of x, or an error that names the layer.
template <typename Layer>
llvm::FailureOr<llvm::SmallVector<int64_t>>
inferImage(std::optional<mlir::Location> loc, typename Layer::Adaptor layer) {
  auto x = llvm::cast<mlir::RankedTensorType>(layer.getX().getType());
  if (x.getRank() != 4)
    return emitLayerError<Layer>(loc, layer, "input is ", x, " of rank ",
                                 x.getRank(),
                                 " but images have rank 4; put a Reshape "
                                 "before it");
  llvm::StringRef format = layer.getDataFormat();
  if (format != "channels_last" && format != "channels_first")
    return emitLayerError<Layer>(loc, layer, "data_format is \"", format,
                                 "\" but images are channels_last or "
                                 "channels_first; choose one of these");
  unsigned first = isChannelsFirst(format) ? 2 : 1;
  return llvm::SmallVector<int64_t>{x.getDimSize(first),
                                    x.getDimSize(first + 1)};
}

/// An error that names the layer and the key, unless these are one or two
/// positive numbers each and the padding is a kind that there is.
template <typename Layer>
llvm::LogicalResult
verifyWindows(std::optional<mlir::Location> loc, typename Layer::Adaptor layer,
              llvm::StringRef sizeKey, llvm::ArrayRef<int64_t> size,
              llvm::ArrayRef<int64_t> strides,
              llvm::ArrayRef<int64_t> dilation = {1, 1}) {
  for (auto [key, values] :
       {std::pair(sizeKey, size),
        std::pair(llvm::StringRef("strides"), strides),
        std::pair(llvm::StringRef("dilation_rate"), dilation)}) {
    if (values.size() > 2 || values.empty())
      return emitLayerError<Layer>(loc, layer, key, " has ", values.size(),
                                   " numbers but an image has two sides; give "
                                   "one or two");
    for (int64_t value : values)
      if (value < 1)
        return emitLayerError<Layer>(loc, layer, key, " is ", value,
                                     " but must be at least 1; give a positive "
                                     "number");
  }
  llvm::StringRef padding = layer.getPadding();
  if (padding != "same" && padding != "valid")
    return emitLayerError<Layer>(loc, layer, "padding is \"", padding,
                                 "\" but must be same or valid; choose one of "
                                 "these");
  return llvm::success();
}

/// The windows over x, or an error that names the layer and the key.
template <typename Layer>
llvm::FailureOr<Windows>
inferWindows(std::optional<mlir::Location> loc, typename Layer::Adaptor layer,
             llvm::StringRef sizeKey, llvm::ArrayRef<int64_t> size,
             llvm::ArrayRef<int64_t> strides,
             llvm::ArrayRef<int64_t> dilation = {1, 1}) {
  auto image = inferImage<Layer>(loc, layer);
  if (failed(image) || failed(verifyWindows<Layer>(loc, layer, sizeKey, size,
                                                   strides, dilation)))
    return llvm::failure();
  Windows windows =
      placeWindows(*image, layer.getPadding() == "same", toPair(size),
                   toPair(strides), toPair(dilation));
  for (unsigned d : {0, 1})
    if (windows.count[d] < 1)
      return emitLayerError<Layer>(
          loc, layer, sizeKey, " reaches over ",
          (windows.size[d] - 1) * windows.dilation[d] + 1,
          " elements but its input has ", (*image)[d],
          "; make it smaller or use padding = \"same\"");
  return windows;
}

} // namespace dlc::layer
