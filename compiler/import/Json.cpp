// Parses JSON within limits, and turns it into attributes and back.
#include "compiler/import/Json.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/raw_ostream.h"

#include <limits>

using namespace mlir;
using namespace dlc;
using namespace dlc::importer;

/// Deeper than any model's config; Keras nests about 12 levels a nested model.
static constexpr int maxNesting = 200;

/// Whether brackets outside strings nest deeper than the limit.
static bool nestsTooDeep(const std::string &text) {
  int depth = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (inString) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        inString = false;
      continue;
    }
    if (c == '"')
      inString = true;
    else if ((c == '{' || c == '[') && ++depth > maxNesting)
      return true;
    else if (c == '}' || c == ']')
      --depth;
  }
  return false;
}

Expected<Json> importer::parseJson(const std::string &text,
                                   const std::string &thing) {
  if (nestsTooDeep(text))
    return fail(thing,
                "nests deeper than " + std::to_string(maxNesting) + " levels",
                "no Keras model does", "check where the file is from");
  try {
    return Json::parse(text);
  } catch (const Json::parse_error &error) {
    return fail(thing,
                "is not valid JSON at byte " + std::to_string(error.byte), "",
                "save the model again");
  }
}

std::string importer::printJson(const Json &json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

const Json *importer::find(const Json &object, const char *key) {
  if (!object.is_object())
    return nullptr;
  auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

std::string importer::findString(const Json &object, const char *key) {
  const Json *value = find(object, key);
  return value && value->is_string() ? value->get<std::string>() : "";
}

Attribute importer::toAttribute(MLIRContext *context, const Json &json) {
  Builder b(context);
  if (json.is_boolean())
    return b.getBoolAttr(json.get<bool>());
  if (json.is_number_unsigned() &&
      json.get<uint64_t>() > uint64_t(std::numeric_limits<int64_t>::max()))
    return b.getF64FloatAttr(json.get<double>());
  if (json.is_number_integer())
    return b.getI64IntegerAttr(json.get<int64_t>());
  if (json.is_number_float())
    return b.getF64FloatAttr(json.get<double>());
  if (json.is_string())
    return b.getStringAttr(json.get<std::string>());
  if (json.is_array()) {
    SmallVector<Attribute> elements;
    for (const Json &element : json)
      elements.push_back(toAttribute(context, element));
    return b.getArrayAttr(elements);
  }
  if (json.is_object()) {
    SmallVector<NamedAttribute> entries;
    for (const auto &[key, value] : json.items())
      entries.push_back(b.getNamedAttr(key, toAttribute(context, value)));
    return b.getDictionaryAttr(entries);
  }
  return b.getUnitAttr();
}

Json importer::toJson(Attribute attribute) {
  return llvm::TypeSwitch<Attribute, Json>(attribute)
      .Case([](UnitAttr) { return Json(nullptr); })
      .Case([](BoolAttr value) { return Json(value.getValue()); })
      .Case([](IntegerAttr value) { return Json(value.getInt()); })
      .Case([](FloatAttr value) { return Json(value.getValueAsDouble()); })
      .Case([](StringAttr value) { return Json(value.getValue().str()); })
      .Case([](DenseI64ArrayAttr values) {
        return Json(std::vector<int64_t>(values.asArrayRef()));
      })
      .Case([](ArrayAttr values) {
        Json array = Json::array();
        for (Attribute value : values)
          array.push_back(toJson(value));
        return array;
      })
      .Case([](DictionaryAttr entries) {
        Json object = Json::object();
        for (NamedAttribute entry : entries)
          object[entry.getName().str()] = toJson(entry.getValue());
        return object;
      })
      .Default([](Attribute other) {
        std::string text;
        llvm::raw_string_ostream(text) << other;
        return Json(text);
      });
}
