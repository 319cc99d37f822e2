// Elements elsewhere: Swapaxes, Moveaxis, Flip, Roll, Tile, Repeat and Pad.
#include "dialects/layer/layers/Axes.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Numbers.h"
#include "dialects/layer/layers/reshaping/Resize.h"
#include "dialects/layer/nodes/Parts.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

//===-- Swapaxes and Moveaxis ---------------------------------------------===//

/// Dimensions by name, each in range and without repeats; failure otherwise.
static FailureOr<SmallVector<int64_t>> readDims(ArrayRef<int64_t> axes,
                                                int64_t rank) {
  SmallVector<int64_t> dims;
  for (int64_t axis : axes) {
    if (axis < -rank || axis >= rank ||
        llvm::is_contained(dims, (axis + rank) % rank))
      return failure();
    dims.push_back((axis + rank) % rank);
  }
  return dims;
}

/// The permutation that brings dimension `from[i]` to place `to[i]` and leaves
/// the others in their order; failure where they do not name dimensions.
static FailureOr<SmallVector<int64_t>>
moveDims(ArrayRef<int64_t> from, ArrayRef<int64_t> to, int64_t rank) {
  auto sources = readDims(from, rank), places = readDims(to, rank);
  if (failed(sources) || failed(places) || from.size() != to.size())
    return failure();
  SmallVector<int64_t> permutation(rank, -1);
  for (auto [source, place] : llvm::zip_equal(*sources, *places))
    permutation[place] = source;
  int64_t next = 0;
  for (int64_t &dim : permutation) {
    if (dim != -1)
      continue;
    while (llvm::is_contained(*sources, next))
      ++next;
    dim = next++;
  }
  return permutation;
}

/// x under a permutation that leaves the batch where it is, or an error.
template <typename Node>
static FailureOr<Type>
inferPermuted(std::optional<Location> loc, typename Node::Adaptor node,
              FailureOr<SmallVector<int64_t>> permutation) {
  RankedTensorType x = typeOf(node.getX());
  bool fits =
      succeeded(permutation) &&
      (x.getRank() == 0 || !x.isDynamicDim(0) || permutation->front() == 0);
  if (!fits)
    return emitLayerError<Node>(
        loc, node, "names axes that its input ", x,
        " does not have, or moves the batch, which comes first; name other "
        "dimensions of it, each once");
  return Type(x.clone(llvm::map_to_vector(
      *permutation, [&](int64_t dim) { return x.getDimSize(dim); })));
}

template <typename Node>
static FailureOr<SmallVector<int64_t>> findSwap(Node node) {
  int64_t rank = typeOf(node.getX()).getRank();
  int64_t first = node.getAxis1(), second = node.getAxis2();
  if (first == second || std::abs(first - second) == rank)
    return moveDims({first}, {first}, rank);
  return moveDims({first, second}, {second, first}, rank);
}

template <typename Node>
static FailureOr<SmallVector<int64_t>> findMove(Node node) {
  return moveDims(node.getSource(), node.getDestination(),
                  typeOf(node.getX()).getRank());
}

#define DLC_PERMUTING_NODE(Node, find)                                         \
  FailureOr<Type> Node::inferResult(std::optional<Location> loc,               \
                                    Adaptor node) {                            \
    return inferPermuted<Node>(loc, node, find(node));                         \
  }                                                                            \
  Value Node::expand(ImplicitLocOpBuilder &b, ExpandContext &) {               \
    return prim::TransposeOp::create(b, getX(), *find(*this));                 \
  }

DLC_PERMUTING_NODE(SwapaxesNodeOp, findSwap)
DLC_PERMUTING_NODE(MoveaxisNodeOp, findMove)

//===-- Flip and Roll -----------------------------------------------------===//

FailureOr<Type> FlipNodeOp::inferResult(std::optional<Location> loc,
                                        Adaptor node) {
  RankedTensorType x = typeOf(node.getX());
  SmallVector<int64_t> all =
      llvm::to_vector(llvm::seq<int64_t>(0, x.getRank()));
  if (failed(normalizeAxes<FlipNodeOp>(loc, node, node.getAxis().value_or(all),
                                       x)))
    return failure();
  return Type(x);
}

Value FlipNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  int64_t rank = getType().getRank();
  SmallVector<int64_t> all = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  return prim::ReverseOp::create(b, getX(),
                                 normalizeAxes(getAxis().value_or(all), rank));
}

FailureOr<Type> RollNodeOp::inferResult(std::optional<Location> loc,
                                        Adaptor node) {
  RankedTensorType x = typeOf(node.getX());
  std::optional<SmallVector<int64_t>> axes = node.getAxis();
  if (!axes)
    return emitLayerError<RollNodeOp>(
        loc, node, "axis is null, which rolls over all of ", x,
        " but samples are independent; choose dimensions beside the batch");
  if (failed(normalizeAxes<RollNodeOp>(loc, node, *axes, x)))
    return failure();
  size_t shifts = node.getShift().size();
  if (shifts != 1 && shifts != axes->size())
    return emitLayerError<RollNodeOp>(loc, node, "has ", shifts, " shifts but ",
                                      axes->size(),
                                      " axes; give one for each, or one for "
                                      "all");
  return Type(x);
}

// What runs out at the end comes in at the front.
Value RollNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  Value y = getX();
  SmallVector<int64_t> shifts = getShift();
  for (auto [i, axis] : llvm::enumerate(*getAxis())) {
    int64_t dim = normalizeAxes({axis}, getType().getRank()).front();
    int64_t size = getType().getDimSize(dim);
    int64_t shift = shifts.size() == 1 ? shifts.front() : shifts[i];
    shift = (shift % size + size) % size;
    if (shift == 0)
      continue;
    Value end = takePart(b, y, dim, size - shift, shift);
    Value start = takePart(b, y, dim, 0, size - shift);
    y = prim::ConcatOp::create(b, ValueRange{end, start}, dim);
  }
  return y;
}

//===-- Tile and Repeat ---------------------------------------------------===//

/// [..., n, ...] -> [..., r n, ...]: all of dimension `dim` again and again, or
/// each of its elements.
static Value repeat(ImplicitLocOpBuilder &b, Value x, int64_t dim,
                    int64_t times, bool eachElement) {
  RankedTensorType type = typeOf(x);
  if (times == 1)
    return x;
  SmallVector<int64_t> spread(type.getShape()), joined(type.getShape());
  int64_t added = eachElement ? dim + 1 : dim;
  spread.insert(spread.begin() + added, times);
  joined[dim] *= times;
  Value y = prim::BroadcastOp::create(b, type.clone(spread), x,
                                      ArrayRef<int64_t>{added});
  return reshapeTo(b, y, type.clone(joined));
}

/// One number for each dimension of x: 1 before those that are given.
static SmallVector<int64_t> alignRepeats(ArrayRef<int64_t> repeats,
                                         int64_t rank) {
  SmallVector<int64_t> all(rank - int64_t(repeats.size()), 1);
  llvm::append_range(all, repeats);
  return all;
}

FailureOr<Type> TileNodeOp::inferResult(std::optional<Location> loc,
                                        Adaptor node) {
  RankedTensorType x = typeOf(node.getX());
  SmallVector<int64_t> repeats = node.getRepeats();
  bool fits = int64_t(repeats.size()) <= x.getRank() &&
              llvm::all_of(repeats, [](int64_t times) { return times >= 1; });
  SmallVector<int64_t> shape(x.getShape());
  if (fits)
    for (auto [size, times] :
         llvm::zip_equal(shape, alignRepeats(repeats, x.getRank()))) {
      fits &= times == 1 || !ShapedType::isDynamic(size);
      size = ShapedType::isDynamic(size) ? size : size * times;
    }
  if (!fits)
    return emitLayerError<TileNodeOp>(
        loc, node, "repeats are ", formatSizes(repeats), " but its input is ",
        x, "; give 1 for the batch and at least 1 for its other dimensions");
  return Type(x.clone(shape));
}

Value TileNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  Value y = getX();
  for (auto [dim, times] :
       llvm::enumerate(alignRepeats(getRepeats(), getType().getRank())))
    y = repeat(b, y, dim, times, /*eachElement=*/false);
  return y;
}

FailureOr<Type> RepeatNodeOp::inferResult(std::optional<Location> loc,
                                          Adaptor node) {
  RankedTensorType x = typeOf(node.getX());
  SmallVector<int64_t> repeats = node.getRepeats();
  if (!node.getAxis())
    return emitLayerError<RepeatNodeOp>(
        loc, node, "axis is null, which flattens ", x,
        " but samples are independent; choose a dimension beside the batch");
  auto dims = normalizeAxes<RepeatNodeOp>(loc, node, {*node.getAxis()}, x);
  if (failed(dims))
    return failure();
  if (repeats.size() != 1 || repeats.front() < 1)
    return emitLayerError<RepeatNodeOp>(
        loc, node, "repeats are ", formatSizes(repeats),
        " but dlc repeats all elements alike; give one number from 1 on");
  SmallVector<int64_t> shape(x.getShape());
  shape[dims->front()] *= repeats.front();
  return Type(x.clone(shape));
}

Value RepeatNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  int64_t dim = normalizeAxes({*getAxis()}, getType().getRank()).front();
  return repeat(b, getX(), dim, getRepeats().front(), /*eachElement=*/true);
}

//===-- Pad ---------------------------------------------------------------===//

namespace {

/// How much is added before and after a dimension.
struct Border {
  int64_t low = 0, high = 0;
};

} // namespace

static std::optional<Border> readBorder(Attribute item) {
  auto list = dyn_cast<ArrayAttr>(item);
  if (!list || list.empty() || list.size() > 2 ||
      !llvm::all_of(list, llvm::IsaPred<IntegerAttr>))
    return std::nullopt;
  SmallVector<int64_t> sizes = toInts(list);
  return Border{sizes.front(), sizes.back()};
}

/// 1, [1, 2], [[1, 2]] or [[0, 0], [1, 2], ...]: one for each dimension, or one
/// for all. Failure for anything else.
static FailureOr<SmallVector<Border>> readBorders(Attribute width,
                                                  int64_t rank) {
  if (auto number = dyn_cast<IntegerAttr>(width))
    return SmallVector<Border>(rank, Border{number.getInt(), number.getInt()});
  if (std::optional<Border> all = readBorder(width))
    return SmallVector<Border>(rank, *all);
  SmallVector<Border> borders;
  for (Attribute item : cast<ArrayAttr>(width)) {
    std::optional<Border> border = readBorder(item);
    if (!border)
      return failure();
    borders.push_back(*border);
  }
  if (borders.size() == 1)
    borders.resize(rank, borders.front());
  if (int64_t(borders.size()) != rank)
    return failure();
  return borders;
}

ArrayRef<StringRef> PadNodeOp::getCallKeys() {
  static const StringRef keys[] = {"constant_values"};
  return keys;
}

FailureOr<Type> PadNodeOp::inferResult(std::optional<Location> loc,
                                       Adaptor node) {
  RankedTensorType x = typeOf(node.getX());
  StringRef mode = node.getMode();
  bool mirrors = mode == "reflect" || mode == "symmetric";
  if (mode != "constant" && !mirrors)
    return emitLayerError<PadNodeOp>(
        loc, node, "mode is \"", mode,
        "\" but dlc pads in the modes constant, reflect and symmetric; choose "
        "one of these");
  auto borders = readBorders(node.getPadWidth(), x.getRank());
  bool fits = succeeded(borders);
  SmallVector<int64_t> shape(x.getShape());
  if (fits)
    for (auto [size, border] : llvm::zip_equal(shape, *borders)) {
      bool isBatch = ShapedType::isDynamic(size);
      fits &= border.low >= 0 && border.high >= 0 &&
              (!isBatch || (border.low == 0 && border.high == 0));
      if (mirrors && !isBatch)
        fits &= std::max(border.low, border.high) <=
                (mode == "reflect" ? size - 1 : size);
      size = isBatch ? size : size + border.low + border.high;
    }
  if (!fits)
    return emitLayerError<PadNodeOp>(
        loc, node, "pad_width is ", formatNumbers(node.getPadWidth()),
        " but its input is ", x,
        "; give a pair from 0 on for each dimension, 0 for the batch",
        mirrors ? ", and no more than there is to mirror" : "");
  return Type(x.clone(shape));
}

/// A dimension with its own elements, mirrored, at both ends: `skip` of them
/// between the edge and the mirror image.
static Value mirror(ImplicitLocOpBuilder &b, Value x, int64_t dim,
                    Border border, int64_t skip) {
  int64_t size = typeOf(x).getDimSize(dim);
  SmallVector<Value> parts;
  auto add = [&](int64_t start, int64_t count) {
    if (count > 0)
      parts.push_back(prim::ReverseOp::create(
          b, takePart(b, x, dim, start, count), ArrayRef<int64_t>{dim}));
  };
  add(skip, border.low);
  parts.push_back(x);
  add(size - skip - border.high, border.high);
  return parts.size() == 1 ? x : prim::ConcatOp::create(b, parts, dim);
}

// Integers are padded as floats.
Value PadNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  SmallVector<Border> borders =
      *readBorders(getPadWidth(), getType().getRank());
  Value y = getX();
  if (getMode() != "constant") {
    for (auto [dim, border] : llvm::enumerate(borders))
      y = mirror(b, y, dim, border, getMode() == "reflect" ? 1 : 0);
    return y;
  }
  SmallVector<int64_t> low, high, interior(borders.size(), 0);
  for (Border border : borders) {
    low.push_back(border.low);
    high.push_back(border.high);
  }
  y = prim::PadOp::create(b, convertTo(b, y, b.getF32Type()), low, high,
                          interior,
                          APFloat(float(getConstantValues().value_or(0))));
  return convertTo(b, y, getType().getElementType());
}
