// Which keys of a Keras config are attributes, which are kept aside, and which
// need not be said.
#include "compiler/import/config/Config.h"
#include "dialects/layer/Layer.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::importer;

//===-- Objects in a config -----------------------------------------------===//

/// The module of the objects that a config key holds; empty where it varies.
static StringRef findModule(StringRef key) {
  if (key.ends_with("_initializer"))
    return "keras.initializers";
  if (key.ends_with("_regularizer"))
    return "keras.regularizers";
  if (key.ends_with("_constraint"))
    return "keras.constraints";
  if (key == "learning_rate")
    return "keras.optimizers.schedules";
  return "";
}

/// Whether a key holds objects whose arguments all default to null where Keras
/// writes null, and which Keras takes by name.
static bool holdsInitializer(StringRef key) {
  return key.ends_with("_initializer");
}

static bool isObject(const Json &value) {
  return find(value, "class_name") && find(value, "config");
}

Json importer::shortenObject(const std::string &key, const Json &value) {
  if (value.is_array()) {
    Json array = Json::array();
    for (const Json &element : value)
      array.push_back(shortenObject("", element));
    return array;
  }
  if (!value.is_object())
    return value;
  Json object = Json::object();
  for (const auto &[inner, part] : value.items())
    if (inner != "shared_object_id")
      object[inner] = shortenObject(inner, part);
  if (!isObject(object))
    return object;

  // A function of Keras by its name, a dtype policy by its.
  std::string className = findString(object, "class_name");
  if (className == "function" && object["config"].is_string())
    return object["config"];
  if (className == "DTypePolicy")
    if (std::string name = findString(object["config"], "name"); !name.empty())
      return name;

  const Json *registered = find(object, "registered_name");
  // Code of a user that registers nothing has its bare name and no module.
  bool isOwn = registered && findString(object, "module").empty();
  if (registered &&
      (registered->is_null() || (*registered == className && !isOwn)))
    object.erase("registered_name");
  if (StringRef module = findModule(key);
      !module.empty() && findString(object, "module") == module)
    object.erase("module");
  if (!holdsInitializer(key) || object.size() != 2 ||
      !object["config"].is_object())
    return object;
  Json config = Json::object();
  for (const auto &[inner, part] : object["config"].items())
    if (!part.is_null())
      config[inner] = part;
  if (config.empty())
    return layer::toSnakeCase(className);
  object["config"] = std::move(config);
  return object;
}

Json importer::makeObject(StringRef module, StringRef className, Json config) {
  Json object = Json::object();
  object["module"] = module.str();
  object["class_name"] = className.str();
  object["config"] = std::move(config);
  object["registered_name"] = nullptr;
  return object;
}

Json importer::lengthenObject(const std::string &key, const Json &value) {
  StringRef module = findModule(key);
  std::string className = findString(value, "class_name");
  if (module.empty() || className.empty() || find(value, "module"))
    return value;
  const Json *config = find(value, "config");
  return makeObject(module, className, config ? *config : Json::object());
}

//===-- Keys --------------------------------------------------------------===//

/// Whether Keras gives a key this value where a config lacks it. The keys are
/// those of the classes that dlc knows but has no use for; null says nothing
/// anywhere.
static bool isKerasDefault(StringRef key, const Json &value) {
  if (value.is_null())
    return true;
  Json usual = llvm::StringSwitch<Json>(key)
                   .Case("dtype", "float32")
                   .Cases({"sparse", "ragged", "optional"}, false)
                   .Case("autocast", true)
                   .Case("renorm_momentum", 0.99)
                   .Default(nullptr);
  return value == usual;
}

static bool isNumber(Attribute value) {
  return isa<IntegerAttr, FloatAttr>(value) && !isa<BoolAttr>(value);
}

/// Whether an attribute says the same as a default: 1 is 1.0, and [1, 1] is 1
/// where a default stands for all dimensions.
static bool saysTheSame(Attribute value, Attribute usual) {
  if (value == usual)
    return true;
  if (!isNumber(usual))
    return false;
  if (isNumber(value))
    return layer::toNumber(value) == layer::toNumber(usual);
  auto values = dyn_cast<ArrayAttr>(value);
  return values && !values.empty() && llvm::all_of(values, [&](Attribute each) {
           return isNumber(each) &&
                  layer::toNumber(each) == layer::toNumber(usual);
         });
}

static bool isDeclared(OperationName op, StringRef key) {
  return key != "keras" && key != "training" &&
         llvm::is_contained(op.getAttributeNames(), key);
}

/// Whether the key is a layer's dtype policy. The `dtype` of a node of
/// keras.ops is an argument that the node needs.
static bool isPolicy(OperationName op, StringRef key) {
  return key == "dtype" && !layer::isFunction(op);
}

NamedAttrList importer::readConfig(OperationName op, const Json &config) {
  MLIRContext *context = op.getContext();
  NamedAttrList usual;
  if (auto registered = op.getRegisteredInfo())
    registered->populateDefaultAttrs(usual);

  NamedAttrList attributes;
  NamedAttrList aside;
  for (const auto &[key, value] : config.items()) {
    if (key == "name")
      continue;
    Json shortened = shortenObject(key, value);
    if (!isDeclared(op, key)) {
      if (!isKerasDefault(key, shortened))
        aside.set(key, toAttribute(context, shortened));
      continue;
    }
    Attribute attribute = toAttribute(context, shortened);
    Attribute absent = usual.get(key);
    bool silent =
        absent ? saysTheSame(attribute, absent)
               : isa<UnitAttr>(attribute) ||
                     (isPolicy(op, key) && isKerasDefault(key, shortened));
    if (!silent)
      attributes.set(key, attribute);
  }
  if (!aside.empty())
    attributes.set("keras", aside.getDictionary(context));
  return attributes;
}

Json importer::writeConfig(Operation *op) {
  // Defaults are said too: Keras' need not be those of the op.
  NamedAttrList attributes(op->getAttrDictionary());
  if (auto registered = op->getName().getRegisteredInfo())
    registered->populateDefaultAttrs(attributes);
  Json config = Json::object();
  auto layer = dyn_cast<layer::LayerOpInterface>(op);
  for (NamedAttribute attribute : attributes) {
    std::string key = attribute.getName().str();
    bool isSilent =
        key == "trainable" && cast<BoolAttr>(attribute.getValue()).getValue();
    if (key == "name" || key == "training" || isSilent ||
        (layer && llvm::is_contained(layer.getCallKeys(), key)))
      continue;
    if (key != "keras") {
      config[key] = lengthenObject(key, toJson(attribute.getValue()));
      continue;
    }
    for (NamedAttribute aside : cast<DictionaryAttr>(attribute.getValue())) {
      std::string inner = aside.getName().str();
      config[inner] = lengthenObject(inner, toJson(aside.getValue()));
    }
  }
  return config;
}
