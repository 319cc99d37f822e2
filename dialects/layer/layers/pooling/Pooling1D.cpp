// Pooling over time: one number for each window of a sequence.
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Sequence.h"

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
  StringRef format = layer.getDataFormat();
  auto size = inferSequence<Layer>(loc, layer, format);
  if (failed(size))
    return failure();
  auto windows = inferSteps<Layer>(loc, layer, size->steps, "pool_size",
                                   layer.getPoolSize(), stridesOf(layer),
                                   /*canBeCausal=*/false);
  if (failed(windows))
    return failure();
  auto x = cast<RankedTensorType>(layer.getX().getType());
  return Type(makeSequence(x, format, {windows->count[1], size->channels},
                           Float32Type::get(x.getContext())));
}

// As a pool of rows:                             [n, 1, t, c] -> [n, 1, ot, c]
template <typename Prim, typename Layer>
static Value expandPool(ImplicitLocOpBuilder &b, Layer layer) {
  StringRef format = layer.getDataFormat();
  Value x = toRow(b, convertTo(b, layer.getX(), b.getF32Type()), format);
  Windows windows = placeSteps(
      cast<RankedTensorType>(x.getType()).getDimSize(2), layer.getPadding(),
      layer.getPoolSize().front(), stridesOf(layer).front());
  return fromRow(
      b, Prim::create(b, x, windows.size, windows.strides, windows.padding),
      format);
}

FailureOr<Type> MaxPooling1DOp::inferResult(std::optional<Location> loc,
                                            Adaptor layer) {
  return inferPool<MaxPooling1DOp>(loc, layer);
}
Value MaxPooling1DOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return expandPool<prim::MaxPool2DOp>(b, *this);
}

FailureOr<Type> AveragePooling1DOp::inferResult(std::optional<Location> loc,
                                                Adaptor layer) {
  return inferPool<AveragePooling1DOp>(loc, layer);
}
Value AveragePooling1DOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return expandPool<prim::AvgPool2DOp>(b, *this);
}
