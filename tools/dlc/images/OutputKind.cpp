// What the numbers of a model's output are, as its configuration tells.
#include "tools/dlc/images/OutputKind.h"
#include "tools/dlc/show/Report.h"

#include <algorithm>

namespace dlc::tool {

namespace {

const Json *find(const Json *object, const char *key) {
  if (!object || !object->is_object())
    return nullptr;
  auto found = object->find(key);
  return found == object->end() ? nullptr : &*found;
}

std::string textOf(const Json *value) {
  return value && value->is_string() ? value->get<std::string>() : "";
}

/// What stands alone in lists and dictionaries of one.
const Json *unwrap(const Json *value) {
  while (value && value->is_structured() && value->size() == 1)
    value = &*value->begin();
  return value;
}

/// The layer of a model's only output; null where it has several.
const Json *findLastLayer(const Json *config) {
  const Json *layers = find(config, "layers");
  if (!layers || !layers->is_array() || layers->empty())
    return nullptr;
  const Json *outputs = find(config, "output_layers");
  if (!outputs)
    return &layers->back();
  // ["name", 0, 0], alone or in a list or dictionary.
  outputs = unwrap(outputs);
  if (!outputs || !outputs->is_array() || outputs->empty() ||
      !outputs->front().is_string())
    return nullptr;
  auto last = std::ranges::find_if(*layers, [&](const Json &layer) {
    const Json *name = find(find(&layer, "config"), "name");
    return name && *name == outputs->front();
  });
  return last == layers->end() ? nullptr : &*last;
}

bool endsInProbabilities(const Json &model) {
  const Json *layer = &model;
  while (layer && find(find(layer, "config"), "layers"))
    layer = findLastLayer(find(layer, "config"));
  std::string kind = textOf(find(layer, "class_name"));
  if (kind == "Softmax")
    return true;
  // Recurrent layers have an activation too, which is not their output's.
  std::string activation = textOf(find(find(layer, "config"), "activation"));
  return (kind == "Dense" || kind == "Activation") &&
         (activation == "sigmoid" || activation == "softmax");
}

} // namespace

OutputKind findOutputKind(const artifact::Artifact &artifact) {
  artifact::BlobId id = artifact.manifest.kerasConfig;
  if (id == artifact::none)
    return OutputKind::Unknown;
  Json model = Json::parse(artifact.blobs[size_t(id)].text(), nullptr,
                           /*allow_exceptions=*/false);
  if (endsInProbabilities(model))
    return OutputKind::Probabilities;
  const Json *loss = find(find(&model, "compile_config"), "loss");
  if (loss && !find(loss, "class_name"))
    loss = unwrap(loss);
  const Json *fromLogits = find(find(loss, "config"), "from_logits");
  return fromLogits && *fromLogits == true ? OutputKind::Logits
                                           : OutputKind::Unknown;
}

} // namespace dlc::tool
