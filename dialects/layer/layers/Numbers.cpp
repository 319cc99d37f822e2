// Numbers of a config that broadcast against a tensor.
#include "dialects/layer/layers/Numbers.h"
#include "dialects/layer/layers/reshaping/Resize.h"
#include "dialects/prim/Build.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

/// The lists of an array that Keras serialised; what is none as it is.
static Attribute unwrapArray(Attribute attribute) {
  auto object = dyn_cast_or_null<DictionaryAttr>(attribute);
  StringRef name = object ? findName(object.get("class_name")) : "";
  if (name != "__numpy__" && name != "__tensor__")
    return attribute;
  return getObjectConfig(object).get("value");
}

FailureOr<Numbers> dlc::layer::readNumbers(Attribute attribute) {
  attribute = unwrapArray(attribute);
  if (std::optional<double> number = findNumber(attribute))
    return Numbers{{}, {*number}};
  auto list = dyn_cast_or_null<ArrayAttr>(attribute);
  if (!list || list.empty())
    return failure();
  Numbers all;
  for (auto [i, item] : llvm::enumerate(list)) {
    FailureOr<Numbers> part = readNumbers(item);
    if (failed(part) ||
        (i > 0 && ArrayRef(all.shape).drop_front() != ArrayRef(part->shape)))
      return failure();
    all.shape = part->shape;
    all.shape.insert(all.shape.begin(), list.size());
    llvm::append_range(all.values, part->values);
  }
  return all;
}

std::string dlc::layer::formatNumbers(Attribute attribute) {
  std::string text;
  llvm::raw_string_ostream os(text);
  auto integer = dyn_cast_or_null<IntegerAttr>(attribute);
  if (auto list = dyn_cast_or_null<ArrayAttr>(attribute))
    os << "[" << llvm::join(llvm::map_range(list, formatNumbers), ", ") << "]";
  else if (integer && !isa<BoolAttr>(attribute))
    os << integer.getValue();
  else if (auto number = dyn_cast_or_null<FloatAttr>(attribute))
    os << formatNumber(number.getValueAsDouble());
  else
    os << attribute;
  return text;
}

// A constant for each run of equal numbers, one after the other.
Value dlc::layer::buildNumbers(ImplicitLocOpBuilder &b,
                               const Numbers &numbers) {
  auto flat =
      RankedTensorType::get({int64_t(numbers.values.size())}, b.getF32Type());
  SmallVector<Value> runs;
  for (ArrayRef<double> rest = numbers.values; !rest.empty();) {
    size_t length =
        rest.take_while([&](double x) { return x == rest[0]; }).size();
    length = std::max<size_t>(length, 1);
    runs.push_back(
        prim::buildSplat(b, flat.clone({int64_t(length)}), rest.front()));
    rest = rest.drop_front(length);
  }
  Value all = runs.size() == 1 ? runs.front()
                               : prim::ConcatOp::create(b, runs, 0).getResult();
  return reshapeTo(b, all, flat.clone(numbers.shape));
}
