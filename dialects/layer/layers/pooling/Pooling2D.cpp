// Pooling: one number for each window, or one for each image and channel.
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/layers/Spatial.h"
#include "dialects/layer/layers/reshaping/Resize.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

/// Strides are the pool's size unless given.
template <typename T> static SmallVector<int64_t> stridesOf(T layer) {
  return layer.getStrides().value_or(layer.getPoolSize());
}

template <typename Layer>
static FailureOr<Type> inferPool(std::optional<Location> loc,
                                 typename Layer::Adaptor layer) {
  auto windows = inferWindows<Layer>(loc, layer, "pool_size",
                                     layer.getPoolSize(), stridesOf(layer));
  if (failed(windows))
    return failure();
  auto x = cast<RankedTensorType>(layer.getX().getType());
  bool first = isChannelsFirst(layer.getDataFormat());
  return Type(RankedTensorType::get(orderImage(layer.getDataFormat(),
                                               x.getDimSize(0), windows->count,
                                               x.getDimSize(first ? 1 : 3)),
                                    Float32Type::get(x.getContext())));
}

// Computed with channels last:                [n, h, w, c] -> [n, oh, ow, c]
template <typename Prim, typename Layer>
static Value expandPool(ImplicitLocOpBuilder &b, Layer layer) {
  bool first = isChannelsFirst(layer.getDataFormat());
  Value x = convertTo(b, layer.getX(), b.getF32Type());
  if (first)
    x = moveChannelsLast(b, x);
  ArrayRef<int64_t> image =
      cast<RankedTensorType>(x.getType()).getShape().slice(1, 2);
  Windows windows =
      placeWindows(image, layer.getPadding() == "same",
                   toPair(layer.getPoolSize()), toPair(stridesOf(layer)));
  Value y = Prim::create(b, x, windows.size, windows.strides, windows.padding);
  return first ? moveChannelsFirst(b, y) : y;
}

FailureOr<Type> MaxPooling2DOp::inferResult(std::optional<Location> loc,
                                            Adaptor layer) {
  return inferPool<MaxPooling2DOp>(loc, layer);
}

Value MaxPooling2DOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return expandPool<prim::MaxPool2DOp>(b, *this);
}

FailureOr<Type> AveragePooling2DOp::inferResult(std::optional<Location> loc,
                                                Adaptor layer) {
  return inferPool<AveragePooling2DOp>(loc, layer);
}

Value AveragePooling2DOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return expandPool<prim::AvgPool2DOp>(b, *this);
}

//===-- Global ------------------------------------------------------------===//

/// One number an image and channel: [n, c], or [n, 1, 1, c] with keepdims.
template <typename Layer>
static FailureOr<Type> inferGlobal(std::optional<Location> loc,
                                   typename Layer::Adaptor layer,
                                   Type element) {
  auto image = inferImage<Layer>(loc, layer);
  if (failed(image))
    return failure();
  auto x = cast<RankedTensorType>(layer.getX().getType());
  int64_t n = x.getDimSize(0);
  int64_t c = x.getDimSize(isChannelsFirst(layer.getDataFormat()) ? 1 : 3);
  SmallVector<int64_t> shape = {n, c};
  if (layer.getKeepdims())
    shape = orderImage(layer.getDataFormat(), n, {1, 1}, c);
  return Type(RankedTensorType::get(shape, element));
}

template <typename Layer> static std::array<int64_t, 2> imageDims(Layer layer) {
  int64_t height = isChannelsFirst(layer.getDataFormat()) ? 2 : 1;
  return {height, height + 1};
}

FailureOr<Type>
GlobalAveragePooling2DOp::inferResult(std::optional<Location> loc,
                                      Adaptor layer) {
  return inferGlobal<GlobalAveragePooling2DOp>(
      loc, layer, Float32Type::get(layer.getX().getContext()));
}

// y = sum of x over the image / (h w)                   [n, h, w, c] -> [n, c]
Value GlobalAveragePooling2DOp::expand(ImplicitLocOpBuilder &b,
                                       ExpandContext &) {
  Formula f(b);
  Value x = convertTo(b, getX(), b.getF32Type());
  auto type = cast<RankedTensorType>(x.getType());
  std::array<int64_t, 2> dims = imageDims(*this);
  Value sum = prim::ReduceSumOp::create(b, x, dims);
  double area = double(type.getDimSize(dims[0]) * type.getDimSize(dims[1]));
  return reshapeTo(b, f.div(sum, area), getType());
}

FailureOr<Type> GlobalMaxPooling2DOp::inferResult(std::optional<Location> loc,
                                                  Adaptor layer) {
  auto x = cast<RankedTensorType>(layer.getX().getType());
  if (x.getElementType().isInteger(1))
    return emitLayerError<GlobalMaxPooling2DOp>(
        loc, layer,
        "has a boolean input but compares numbers; cast it to float32");
  return inferGlobal<GlobalMaxPooling2DOp>(loc, layer, x.getElementType());
}

// y = the largest x of the image                        [n, h, w, c] -> [n, c]
Value GlobalMaxPooling2DOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  Value y = prim::ReduceMaxOp::create(b, getX(), imageDims(*this));
  return reshapeTo(b, y, getType());
}
