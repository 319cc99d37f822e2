// The layout of a legacy file as JSON: how an artifact carries it.
#include "runtime/keras/Legacy.h"

#include <nlohmann/json.hpp>

namespace dlc::keras {

namespace {

using Json = nlohmann::ordered_json;

std::string print(const Json &json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string readString(const Json &json) {
  return json.is_string() ? json.get<std::string>() : std::string();
}

/// The member of an object; null for none.
const Json &member(const Json &json, const char *key) {
  static const Json none;
  auto found = json.is_object() ? json.find(key) : json.end();
  return found == json.end() ? none : *found;
}

LegacyLayer readLayer(const Json &json) {
  LegacyLayer layer;
  layer.name = readString(member(json, "name"));
  for (const Json &weight : member(json, "weights"))
    layer.weights.push_back({readString(member(weight, "name")),
                             readString(member(weight, "path"))});
  return layer;
}

/// `text` as an attribute of the kind that Keras 3 writes.
TextAttribute makeText(std::string text) {
  return {{std::move(text)}, /*isList=*/false, /*isFixed=*/false};
}

/// The arguments of model.compile as `training_config` has them.
Json makeTrainingConfig(Json compile) {
  Json optimizer = member(compile, "optimizer");
  compile.erase("optimizer");
  compile["optimizer_config"] = optimizer;
  return compile;
}

} // namespace

std::string printLayout(const LegacyLayout &layout) {
  Json json = Json::object();
  json["whole"] = layout.whole;
  json["attributes"] = Json::object();
  for (const auto &[name, text] : layout.attributes)
    json["attributes"][name] = {
        {"text", text.values.empty() ? "" : text.values.front()},
        {"fixed", text.isFixed}};
  json["fixed_names"] = layout.fixedNames;
  json["top_level"] = layout.topLevel;
  json["layers"] = Json::array();
  for (const LegacyLayer &layer : layout.layers) {
    Json weights = Json::array();
    for (const LegacyWeight &weight : layer.weights)
      weights.push_back({{"name", weight.name}, {"path", weight.path}});
    json["layers"].push_back({{"name", layer.name}, {"weights", weights}});
  }
  json["optimizer"] = layout.optimizer;
  json["old_paths"] = Json::object();
  for (const auto &[path, old] : layout.oldPaths)
    json["old_paths"][path] = old;
  return print(json);
}

Expected<LegacyLayout> parseLayout(const std::string &text,
                                   const std::string &thing) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !member(json, "layers").is_array())
    return fail(thing, "holds no layout of a legacy file", "",
                "compile the model again");
  LegacyLayout layout;
  layout.whole = member(json, "whole") != Json(false);
  layout.fixedNames = member(json, "fixed_names") == Json(true);
  layout.topLevel = member(json, "top_level") == Json(true);
  for (const auto &[path, old] : member(json, "old_paths").items())
    layout.oldPaths[path] = readString(old);
  for (const auto &[name, attribute] : member(json, "attributes").items())
    layout.attributes[name] = {{readString(member(attribute, "text"))},
                               /*isList=*/false,
                               member(attribute, "fixed") == Json(true)};
  for (const Json &layer : member(json, "layers"))
    layout.layers.push_back(readLayer(layer));
  for (const Json &name : member(json, "optimizer"))
    layout.optimizer.push_back(readString(name));
  return layout;
}

void updateDataAttribute(std::map<std::string, TextAttribute> &attributes,
                         const std::string &metadataJson) {
  Json metadata = Json::parse(metadataJson, nullptr, false);
  const Json &data = member(metadata, dataAttribute);
  if (data.is_object())
    attributes[dataAttribute] = makeText(print(data));
  else
    attributes.erase(dataAttribute);
}

std::map<std::string, TextAttribute>
makeAttributes(const std::string &configJson, const std::string &metadataJson) {
  Json config = Json::parse(configJson, nullptr, false);
  Json metadata = Json::parse(metadataJson, nullptr, false);
  std::map<std::string, TextAttribute> attributes;
  attributes["keras_version"] =
      makeText(readString(member(metadata, "keras_version")));
  // Files of this form were first written with TensorFlow, whose layout of
  // weights Keras 3 has on every backend.
  attributes["backend"] = makeText("tensorflow");
  attributes["model_config"] =
      makeText(print({{"class_name", member(config, "class_name")},
                      {"config", member(config, "config")}}));
  const Json &compile = member(config, "compile_config");
  if (!member(compile, "optimizer").is_null())
    attributes["training_config"] =
        makeText(print(makeTrainingConfig(compile)));
  return attributes;
}

} // namespace dlc::keras
