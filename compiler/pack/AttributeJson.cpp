// One case for each kind of attribute that a configuration may hold.
#include "compiler/pack/AttributeJson.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using nlohmann::json;

json dlc::pack::toJson(Attribute attribute) {
  return llvm::TypeSwitch<Attribute, json>(attribute)
      .Case([](UnitAttr) { return json(nullptr); })
      .Case([](BoolAttr value) { return json(value.getValue()); })
      .Case([](IntegerAttr value) { return json(value.getInt()); })
      .Case([](FloatAttr value) { return json(value.getValueAsDouble()); })
      .Case([](StringAttr value) { return json(value.getValue().str()); })
      .Case([](DenseI64ArrayAttr values) {
        return json(std::vector<int64_t>(values.asArrayRef()));
      })
      .Case([](ArrayAttr values) {
        json array = json::array();
        for (Attribute value : values)
          array.push_back(toJson(value));
        return array;
      })
      .Case([](DictionaryAttr entries) {
        json object = json::object();
        for (NamedAttribute entry : entries)
          object[entry.getName().str()] = toJson(entry.getValue());
        return object;
      })
      .Default([](Attribute other) {
        std::string text;
        llvm::raw_string_ostream(text) << other;
        return json(text);
      });
}
