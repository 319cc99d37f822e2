// GetItem: x[key], as numpy indexes with integers, slices, ... and None.
#include "dialects/layer/Layer.h"
#include "dialects/layer/layers/reshaping/Resize.h"
#include "dialects/prim/Prim.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

namespace {

/// What a key means: one prim.slice, some dimensions of it reversed, then a new
/// shape.
struct Selection {
  SmallVector<int64_t> starts, sizes, strides, reversed;
  SmallVector<int64_t> shape;
};

/// Reads a key item by item, from the left.
class KeyReader {
public:
  explicit KeyReader(RankedTensorType x) : x(x) {}

  /// The selection, or what is wrong with the key.
  FailureOr<Selection> read(Attribute key);
  std::string problem;

private:
  LogicalResult readItem(Attribute item, unsigned dimsLeft);
  LogicalResult takeIndex(int64_t index);
  LogicalResult takeSlice(DictionaryAttr slice);
  LogicalResult takeWhole();
  LogicalResult fail(const Twine &what) {
    problem = what.str();
    return failure();
  }

  RankedTensorType x;
  Selection result;
};

} // namespace

/// Beyond any dimension, and far from where numbers overflow.
static constexpr int64_t maxStep = int64_t(1) << 40;

/// A marker that Keras writes as {class_name = NAME, config = ...}.
static bool isMarker(Attribute item, StringRef name) {
  auto dict = dyn_cast<DictionaryAttr>(item);
  auto className = dict ? dict.getAs<StringAttr>("class_name") : StringAttr();
  return className && className.getValue() == name;
}

static bool isEllipsis(Attribute item) {
  auto text = dyn_cast<StringAttr>(item);
  return (text && text.getValue() == "...") || isMarker(item, "__ellipsis__");
}

LogicalResult KeyReader::takeWhole() {
  int64_t size = x.getDimSize(result.starts.size());
  result.starts.push_back(0);
  result.sizes.push_back(ShapedType::isDynamic(size) ? -1 : size);
  result.strides.push_back(1);
  result.shape.push_back(size);
  return success();
}

LogicalResult KeyReader::takeIndex(int64_t index) {
  int64_t size = x.getDimSize(result.starts.size());
  if (ShapedType::isDynamic(size))
    return fail("picks one sample of the batch");
  if (index < -size || index >= size)
    return fail("asks for element " + Twine(index) + " of " + Twine(size));
  result.starts.push_back(index < 0 ? index + size : index);
  result.sizes.push_back(1);
  result.strides.push_back(1);
  return success();
}

// Python's slice.indices. Downwards, the same elements are taken upwards first.
LogicalResult KeyReader::takeSlice(DictionaryAttr slice) {
  auto number = [&](StringRef key) -> std::optional<int64_t> {
    auto value = dyn_cast_or_null<IntegerAttr>(slice.get(key));
    return value ? std::optional(value.getInt()) : std::nullopt;
  };
  std::optional<int64_t> start = number("start"), stop = number("stop");
  int64_t step = number("step").value_or(1);
  int64_t size = x.getDimSize(result.starts.size());
  if (!start && !stop && step == 1)
    return takeWhole();
  if (ShapedType::isDynamic(size))
    return fail("takes a part of the batch");
  if (step == 0 || step < -maxStep || step > maxStep)
    return fail("has the step " + Twine(step));
  bool down = step < 0;
  int64_t low = down ? -1 : 0, high = down ? size - 1 : size;
  auto clamp = [&](int64_t at) {
    return std::clamp<int64_t>(at < 0 ? at + size : at, low, high);
  };
  int64_t from = start ? clamp(*start) : (down ? high : low);
  int64_t to = stop ? clamp(*stop) : (down ? low : high);
  int64_t distance = down ? from - to : to - from, stride = std::abs(step);
  if (distance <= 0)
    return fail("takes no element of " + Twine(size));
  int64_t count = llvm::divideCeil(distance, stride);
  if (down && count > 1)
    result.reversed.push_back(result.starts.size());
  result.starts.push_back(down ? from - (count - 1) * stride : from);
  result.sizes.push_back(count);
  result.strides.push_back(stride);
  result.shape.push_back(count);
  return success();
}

LogicalResult KeyReader::readItem(Attribute item, unsigned dimsLeft) {
  if (isNull(item)) {
    result.shape.push_back(1);
    return success();
  }
  if (isEllipsis(item)) {
    while (x.getRank() - result.starts.size() > dimsLeft)
      (void)takeWhole();
    return success();
  }
  if (int64_t(result.starts.size()) >= x.getRank())
    return fail("has more items than dimensions");
  if (auto index = dyn_cast<IntegerAttr>(item); index && !isa<BoolAttr>(item))
    return takeIndex(index.getInt());
  if (auto slice = dyn_cast<DictionaryAttr>(item)) {
    if (isMarker(item, "__slice__"))
      return takeSlice(slice.getAs<DictionaryAttr>("config")
                           ? slice.getAs<DictionaryAttr>("config")
                           : DictionaryAttr::get(x.getContext(), {}));
    if (!slice.contains("class_name"))
      return takeSlice(slice);
  }
  return fail("has an item that is no integer, slice, null or ellipsis");
}

FailureOr<Selection> KeyReader::read(Attribute key) {
  SmallVector<Attribute> items;
  if (auto list = dyn_cast<ArrayAttr>(key))
    llvm::append_range(items, list);
  else
    items.push_back(key);

  // How many dimensions the items behind an ellipsis take.
  unsigned dimsLeft = llvm::count_if(
      items, [](Attribute item) { return !isNull(item) && !isEllipsis(item); });
  for (Attribute item : items) {
    if (!isNull(item) && !isEllipsis(item))
      --dimsLeft;
    if (failed(readItem(item, dimsLeft)))
      return failure();
  }
  while (int64_t(result.starts.size()) < x.getRank())
    (void)takeWhole();
  if (x.getRank() > 0 && x.isDynamicDim(0) &&
      !ShapedType::isDynamic(result.shape.front()))
    return fail("puts a new dimension before the batch");
  return result;
}

FailureOr<Type> GetItemNodeOp::inferResult(std::optional<Location> loc,
                                           Adaptor node) {
  auto x = cast<RankedTensorType>(node.getX().getType());
  KeyReader reader(x);
  FailureOr<Selection> selection = reader.read(node.getKey());
  if (failed(selection))
    return emitLayerError<GetItemNodeOp>(
        loc, node, "key ", reader.problem, " but its input is ", x,
        "; index with what it has, and take the batch whole");
  return Type(x.clone(selection->shape));
}

Value GetItemNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  Selection selection = *KeyReader(getX().getType()).read(getKey());
  Value y = prim::SliceOp::create(b, getX(), selection.starts, selection.sizes,
                                  selection.strides);
  if (!selection.reversed.empty())
    y = prim::ReverseOp::create(b, y, selection.reversed);
  return reshapeTo(b, y, getType());
}
