// One case for each kind of value that a configuration may hold.
#include "compiler/attributes/Json.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/raw_ostream.h"

#include <limits>

using namespace mlir;
using namespace dlc;
using attributes::Json;

Attribute attributes::toAttribute(MLIRContext *context, const Json &json) {
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

Json attributes::toJson(Attribute attribute) {
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
