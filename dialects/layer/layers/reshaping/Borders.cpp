// ZeroPadding2D and Cropping2D: more of an image at its edges, or less.
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Spatial.h"
#include "dialects/prim/Prim.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

/// [before, after] from 1 or [1, 2].
static std::optional<std::array<int64_t, 2>> findSides(Attribute side) {
  if (auto both = dyn_cast<IntegerAttr>(side))
    return std::array{both.getInt(), both.getInt()};
  auto pair = dyn_cast<ArrayAttr>(side);
  if (!pair || pair.size() != 2 ||
      !llvm::all_of(pair, llvm::IsaPred<IntegerAttr>))
    return std::nullopt;
  SmallVector<int64_t> sides = toInts(pair);
  return std::array{sides[0], sides[1]};
}

/// [top, bottom, left, right], all at least 0; none if it cannot be read so.
static std::optional<std::array<int64_t, 4>> findBorders(Attribute borders) {
  std::optional<std::array<int64_t, 2>> height, width;
  if (auto all = dyn_cast<IntegerAttr>(borders))
    height = width = findSides(all);
  else if (auto pair = dyn_cast<ArrayAttr>(borders); pair.size() == 2) {
    height = findSides(pair[0]);
    width = findSides(pair[1]);
  }
  if (!height || !width)
    return std::nullopt;
  std::array<int64_t, 4> found = {(*height)[0], (*height)[1], (*width)[0],
                                  (*width)[1]};
  if (llvm::any_of(found, [](int64_t size) { return size < 0; }))
    return std::nullopt;
  return found;
}

/// x with each side changed by this sign times its borders.
template <typename Layer>
static FailureOr<Type>
inferBorders(std::optional<Location> loc, typename Layer::Adaptor layer,
             StringRef key, Attribute attribute, int sign) {
  auto image = inferImage<Layer>(loc, layer);
  if (failed(image))
    return failure();
  auto borders = findBorders(attribute);
  if (!borders)
    return emitLayerError<Layer>(
        loc, layer, key, " is ", attribute,
        " but must be a number, two, or two pairs, none below 0; write "
        "[[top, bottom], [left, right]]");
  for (unsigned d : {0, 1}) {
    int64_t border = (*borders)[2 * d] + (*borders)[2 * d + 1];
    if (sign < 0 && border >= (*image)[d])
      return emitLayerError<Layer>(loc, layer, key, " takes ", border,
                                   " elements of a side of ", (*image)[d],
                                   " but has to leave one; make it smaller");
    (*image)[d] += sign * border;
  }
  auto x = cast<RankedTensorType>(layer.getX().getType());
  int64_t channels =
      x.getDimSize(isChannelsFirst(layer.getDataFormat()) ? 1 : 3);
  return Type(x.clone(
      orderImage(layer.getDataFormat(), x.getDimSize(0), *image, channels)));
}

/// One number for each dimension of x: 0 but for height and width.
static SmallVector<int64_t> onImage(StringRef dataFormat, int64_t height,
                                    int64_t width) {
  return orderImage(dataFormat, 0, {height, width}, 0);
}

//===-- ZeroPadding2D -----------------------------------------------------===//

FailureOr<Type> ZeroPadding2DOp::inferResult(std::optional<Location> loc,
                                             Adaptor layer) {
  return inferBorders<ZeroPadding2DOp>(loc, layer, "padding",
                                       layer.getPadding(), 1);
}

// Integers are padded as floats.
//     [n, h, w, c] -> [n, top + h + bottom, left + w + right, c]
Value ZeroPadding2DOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  auto [top, bottom, left, right] = *findBorders(getPadding());
  Value x = convertTo(b, getX(), b.getF32Type());
  Value y = prim::PadOp::create(b, x, onImage(getDataFormat(), top, left),
                                onImage(getDataFormat(), bottom, right),
                                onImage(getDataFormat(), 0, 0), APFloat(0.0F));
  return convertTo(b, y, getType().getElementType());
}

//===-- Cropping2D --------------------------------------------------------===//

FailureOr<Type> Cropping2DOp::inferResult(std::optional<Location> loc,
                                          Adaptor layer) {
  return inferBorders<Cropping2DOp>(loc, layer, "cropping", layer.getCropping(),
                                    -1);
}

// [n, top + h + bottom, left + w + right, c] -> [n, h, w, c]
Value Cropping2DOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  auto [top, bottom, left, right] = *findBorders(getCropping());
  SmallVector<int64_t> sizes(getType().getShape());
  if (ShapedType::isDynamic(sizes[0]))
    sizes[0] = -1; // the whole batch
  return prim::SliceOp::create(b, getX(), onImage(getDataFormat(), top, left),
                               sizes, ArrayRef<int64_t>{1, 1, 1, 1});
}
