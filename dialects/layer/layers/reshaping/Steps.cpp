// ZeroPadding1D, Cropping1D and UpSampling1D: more steps of a sequence, or
// fewer.
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Sequence.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

/// Before and after: 1 means [1, 1].
static std::pair<int64_t, int64_t> toSides(ArrayRef<int64_t> sizes) {
  return {sizes.front(), sizes.back()};
}

template <typename Layer>
static LogicalResult verifySides(std::optional<Location> loc,
                                 typename Layer::Adaptor layer, StringRef key,
                                 ArrayRef<int64_t> sizes) {
  if ((sizes.size() == 1 || sizes.size() == 2) &&
      llvm::all_of(sizes, [](int64_t size) { return size >= 0; }))
    return success();
  return emitLayerError<Layer>(loc, layer, key, " is ", formatSizes(sizes),
                               " but must be one number or two, none below 0; "
                               "write [before, after]");
}

//===-- ZeroPadding1D -----------------------------------------------------===//

FailureOr<Type> ZeroPadding1DOp::inferResult(std::optional<Location> loc,
                                             Adaptor layer) {
  StringRef format = layer.getDataFormat();
  auto size = inferSequence<ZeroPadding1DOp>(loc, layer, format);
  if (failed(size) || failed(verifySides<ZeroPadding1DOp>(loc, layer, "padding",
                                                          layer.getPadding())))
    return failure();
  auto [before, after] = toSides(layer.getPadding());
  RankedTensorType x = typeOf(layer.getX());
  return Type(makeSequence(x, format,
                           {before + size->steps + after, size->channels},
                           x.getElementType()));
}

// Integers are padded as floats.        [n, t, c] -> [n, before + t + after, c]
Value ZeroPadding1DOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  auto [before, after] = toSides(getPadding());
  int64_t steps = isChannelsFirst(getDataFormat()) ? 2 : 1;
  SmallVector<int64_t> low(3, 0), high(3, 0), interior(3, 0);
  low[steps] = before;
  high[steps] = after;
  Value y = prim::PadOp::create(b, convertTo(b, getX(), b.getF32Type()), low,
                                high, interior, APFloat(0.0F));
  return convertTo(b, y, getType().getElementType());
}

//===-- Cropping1D --------------------------------------------------------===//

FailureOr<Type> Cropping1DOp::inferResult(std::optional<Location> loc,
                                          Adaptor layer) {
  auto size = inferSequence<Cropping1DOp>(loc, layer);
  if (failed(size) || failed(verifySides<Cropping1DOp>(loc, layer, "cropping",
                                                       layer.getCropping())))
    return failure();
  auto [before, after] = toSides(layer.getCropping());
  // Each may be as large as a number goes; their sum may not.
  if (before >= size->steps || after >= size->steps - before)
    return emitLayerError<Cropping1DOp>(
        loc, layer, "cropping is ", formatSizes(layer.getCropping()), " of ",
        size->steps, " steps but has to leave one; make it smaller");
  RankedTensorType x = typeOf(layer.getX());
  return Type(makeSequence(x, "channels_last",
                           {size->steps - before - after, size->channels},
                           x.getElementType()));
}

// [n, before + t + after, c] -> [n, t, c]
Value Cropping1DOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  SmallVector<int64_t> sizes(getType().getShape());
  if (ShapedType::isDynamic(sizes[0]))
    sizes[0] = -1; // the whole batch
  return prim::SliceOp::create(
      b, getX(), ArrayRef<int64_t>{0, toSides(getCropping()).first, 0}, sizes,
      ArrayRef<int64_t>{1, 1, 1});
}

//===-- UpSampling1D ------------------------------------------------------===//

FailureOr<Type> UpSampling1DOp::inferResult(std::optional<Location> loc,
                                            Adaptor layer) {
  auto size = inferSequence<UpSampling1DOp>(loc, layer);
  if (failed(size))
    return failure();
  SmallVector<int64_t> factor = layer.getSize();
  if (factor.size() != 1 || factor[0] < 1)
    return emitLayerError<UpSampling1DOp>(
        loc, layer, "size is ", formatSizes(factor),
        " but steps are repeated a whole number of times; give 1 or more");
  RankedTensorType x = typeOf(layer.getX());
  return Type(makeSequence(x, "channels_last",
                           {size->steps * factor[0], size->channels},
                           x.getElementType()));
}

// [n, t, c] -> [n, t, size, c] -> [n, t size, c]
Value UpSampling1DOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  RankedTensorType type = typeOf(getX());
  SmallVector<int64_t> shape(type.getShape());
  shape.insert(shape.begin() + 2, getSize().front());
  Value y = prim::BroadcastOp::create(b, type.clone(shape), getX(), int64_t(2));
  return reshapeTo(b, y, getType());
}
