// Reading Keras configs that are held as attributes.
#include "dialects/layer/Config.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

using namespace mlir;
using namespace dlc;

double layer::toNumber(Attribute attr) {
  if (auto number = dyn_cast<FloatAttr>(attr))
    return number.getValueAsDouble();
  return double(cast<IntegerAttr>(attr).getInt());
}

std::optional<double> layer::findNumber(Attribute attr) {
  if (!isa_and_nonnull<FloatAttr, IntegerAttr>(attr))
    return std::nullopt;
  return toNumber(attr);
}

std::optional<int64_t> layer::findInt(Attribute attr) {
  auto number = dyn_cast_or_null<IntegerAttr>(attr);
  return number ? std::optional(number.getInt()) : std::nullopt;
}

StringRef layer::findName(Attribute attr) {
  auto name = dyn_cast_or_null<StringAttr>(attr);
  return name ? name.getValue() : StringRef();
}

SmallVector<int64_t> layer::toInts(Attribute attr) {
  if (auto number = dyn_cast<IntegerAttr>(attr))
    return {number.getInt()};
  return llvm::map_to_vector(cast<ArrayAttr>(attr), [](Attribute item) {
    return cast<IntegerAttr>(item).getInt();
  });
}

std::optional<SmallVector<int64_t>> layer::findInts(Attribute attr) {
  if (isNull(attr))
    return std::nullopt;
  return toInts(attr);
}

SmallVector<int64_t> layer::toSizes(Attribute attr) {
  if (auto number = dyn_cast<IntegerAttr>(attr))
    return {number.getInt()};
  return llvm::map_to_vector(cast<ArrayAttr>(attr), [](Attribute item) {
    return findInt(item).value_or(ShapedType::kDynamic);
  });
}

Attribute layer::buildInts(Builder b, int64_t value) {
  return b.getI64IntegerAttr(value);
}

Attribute layer::buildInts(Builder b, ArrayRef<int64_t> values) {
  return b.getI64ArrayAttr(values);
}

bool layer::isNull(Attribute attr) { return !attr || isa<UnitAttr>(attr); }

/// What parts a class of somebody else from Keras' of the same name: the
/// package that it is registered in, or its module. Import leaves them out
/// where they are Keras' own.
static std::string getOrigin(DictionaryAttr object) {
  if (auto name = object.getAs<StringAttr>("registered_name"))
    return name.getValue().split('>').first.str() + ">";
  auto module = object.getAs<StringAttr>("module");
  if (!module || module == "keras" || module.getValue().starts_with("keras."))
    return "";
  return module.getValue().str() + ">";
}

std::string layer::getObjectClass(Attribute object) {
  if (isNull(object))
    return "";
  if (auto name = dyn_cast<StringAttr>(object))
    return toSnakeCase(name.getValue());
  if (auto dict = dyn_cast<DictionaryAttr>(object))
    if (auto name = dict.getAs<StringAttr>("class_name"))
      return toSnakeCase(getOrigin(dict) + name.getValue().str());
  return "";
}

DictionaryAttr layer::getObjectConfig(Attribute object) {
  if (auto dict = dyn_cast_or_null<DictionaryAttr>(object))
    if (auto config = dict.getAs<DictionaryAttr>("config"))
      return config;
  return DictionaryAttr::get(object.getContext(), {});
}

std::string layer::formatNumber(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%g", value);
  return text;
}

// Two substitutions, one after the other as in Keras:
//   (.)([A-Z][a-z]+) -> \1_\2      ([a-z])([A-Z]) -> \1_\2
std::string layer::toSnakeCase(StringRef name) {
  std::string word;
  for (char c : name)
    if (llvm::isAlnum(c) || c == '_')
      word += c;

  std::string split;
  for (size_t i = 0; i < word.size();) {
    bool startsWord = i + 2 < word.size() && llvm::isUpper(word[i + 1]) &&
                      llvm::isLower(word[i + 2]);
    split += word[i++];
    if (!startsWord)
      continue;
    split += '_';
    split += word[i++];
    while (i < word.size() && llvm::isLower(word[i]))
      split += word[i++];
  }

  std::string snake;
  for (size_t i = 0; i < split.size(); ++i) {
    if (i > 0 && llvm::isLower(split[i - 1]) && llvm::isUpper(split[i]))
      snake += '_';
    snake += llvm::toLower(split[i]);
  }
  return snake;
}

std::string layer::suggestNames(StringRef name, ArrayRef<StringRef> names) {
  // Among short names two changes lead anywhere.
  unsigned limit = name.size() < 4 ? 1 : std::max<size_t>(2, name.size() / 3);
  SmallVector<std::pair<unsigned, StringRef>> close;
  for (StringRef candidate : names) {
    unsigned distance = candidate.edit_distance_insensitive(name);
    if (distance <= limit)
      close.push_back({distance, candidate});
  }
  llvm::sort(close);
  close.truncate(std::min<size_t>(close.size(), 3));
  return llvm::join(
      llvm::map_range(
          close, [](auto pair) { return "\"" + pair.second.str() + "\""; }),
      " or ");
}

LogicalResult layer::verifyKeys(std::optional<Location> loc, StringRef op,
                                DictionaryAttr config,
                                ArrayRef<StringRef> known) {
  for (NamedAttribute attr : config) {
    StringRef key = attr.getName();
    if (llvm::is_contained(known, key) || key.contains('.'))
      continue;
    std::string remedy = suggestNames(key, known);
    remedy = remedy.empty() ? "put it into keras = {...}"
                            : "write " + remedy + ", or put it into keras = {}";
    return emitOptionalError(loc, op, ": has the key \"", key,
                             "\" but no such key has a meaning here; ", remedy);
  }
  return success();
}

LogicalResult layer::verifyRanked(std::optional<Location> loc, StringRef op,
                                  ValueRange operands) {
  for (Value operand : operands)
    if (!isa<RankedTensorType>(operand.getType()))
      return emitOptionalError(loc, op, ": has an operand of type ",
                               operand.getType(),
                               " but layers compute on tensors of known rank; "
                               "write its shape");
  return success();
}
