// Keras writes a layer in full wherever it stands, with a number that is the
// same for each place (`shared_object_id`), but for the first of them, which
// may lack it where it is in a nested model (ObjectSharingScope in
// keras/src/saving/serialization_lib.py).
#include "compiler/import/graph/SharedLayers.h"

using namespace dlc;
using namespace dlc::importer;

namespace {

const char *const idKey = "shared_object_id";

/// What both writings of one object have in common.
Json dropNumbers(const Json &json) {
  if (!json.is_structured())
    return json;
  Json copy = json.is_array() ? Json::array() : Json::object();
  if (json.is_array())
    for (const Json &element : json)
      copy.push_back(dropNumbers(element));
  else
    for (const auto &[key, value] : json.items())
      if (key != idKey)
        copy[key] = dropNumbers(value);
  return copy;
}

std::string describe(const Json &layer) {
  Json copy = dropNumbers(layer);
  copy.erase("inbound_nodes");
  return printJson(copy);
}

std::string findName(const Json &layer) {
  std::string name = findString(layer, "name");
  const Json *config = find(layer, "config");
  return name.empty() && config ? findString(*config, "name") : name;
}

const Json *findLayers(const Json &layer) {
  const Json *config = find(layer, "config");
  const Json *layers = config ? find(*config, "layers") : nullptr;
  return layers && layers->is_array() ? layers : nullptr;
}

bool hasNumber(const Json &layer) {
  if (find(layer, idKey))
    return true;
  const Json *layers = findLayers(layer);
  return layers && std::any_of(layers->begin(), layers->end(), hasNumber);
}

/// Visits layers in the order in which Keras wrote them.
class Finder {
public:
  void visit(const Json &layer, LayerNames &models) {
    if (findString(layer, "class_name") == "InputLayer")
      return;
    LayerNames path = models;
    path.push_back(findName(layer));
    const Json *number = find(layer, idKey);
    std::string text = describe(layer);
    std::string id = number ? printJson(*number) + " " + text : "";
    if (number)
      for (const std::string &key : {id, text})
        if (auto first = places.find(key); first != places.end()) {
          found[path] = first->second;
          return;
        }
    if (number)
      places.try_emplace(id, path);
    places.try_emplace(text, path);
    if (const Json *layers = findLayers(layer))
      for (const Json &inner : *layers)
        visit(inner, path);
  }

  SharedLayers found;

private:
  std::map<std::string, LayerNames> places;
};

} // namespace

SharedLayers importer::findSharedLayers(const Graph &graph) {
  bool isUsual = std::none_of(
      graph.layers.begin(), graph.layers.end(),
      [](const LayerEntry &entry) { return hasNumber(entry.object); });
  if (isUsual)
    return {};
  Finder finder;
  LayerNames models;
  for (const LayerEntry &entry : graph.layers)
    finder.visit(entry.object, models);
  return std::move(finder.found);
}
