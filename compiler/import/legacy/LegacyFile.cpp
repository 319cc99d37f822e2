// Walks layer_names and weight_names (load_weights_from_hdf5_group in
// keras/src/legacy/saving/legacy_h5_format.py).
#include "compiler/import/legacy/LegacyFile.h"

#include "llvm/ADT/StringRef.h"

using namespace dlc;
using namespace dlc::importer;

static constexpr const char *weightsGroup = "model_weights";
static constexpr const char *optimizerGroup = "optimizer_weights";
static constexpr const char *topLevelGroup = "top_level_model_weights";

/// The attribute of a group; null where it has none.
static const keras::TextAttribute *
findAttribute(const keras::AttributeMap &attributes, const std::string &group,
              const std::string &name) {
  auto ofGroup = attributes.find(group);
  if (ofGroup == attributes.end())
    return nullptr;
  auto found = ofGroup->second.find(name);
  return found == ofGroup->second.end() ? nullptr : &found->second;
}

static bool hasList(const keras::AttributeMap &attributes,
                    const std::string &group, const std::string &name) {
  return findAttribute(attributes, group, name) ||
         findAttribute(attributes, group, name + "0");
}

/// A list in one attribute, or split over NAME0, NAME1, ...
static std::vector<std::string> readList(const keras::AttributeMap &attributes,
                                         const std::string &group,
                                         const std::string &name) {
  if (const auto *whole = findAttribute(attributes, group, name))
    return whole->values;
  std::vector<std::string> list;
  for (size_t i = 0;; ++i) {
    const auto *part =
        findAttribute(attributes, group, name + std::to_string(i));
    if (!part)
      return list;
    list.insert(list.end(), part->values.begin(), part->values.end());
  }
}

bool importer::isLegacy(const keras::Hdf5File &content) {
  return hasList(content.attributes, "", "layer_names") ||
         hasList(content.attributes, weightsGroup, "layer_names");
}

namespace {

class LegacySorter {
public:
  LegacySorter(keras::Hdf5File content, const std::string &file)
      : content(std::move(content)), file(file) {}

  Expected<LegacyFile> sort();

private:
  Expected<void> addLayer(const std::string &name, const std::string &group);
  Expected<void> addOptimizer();

  keras::Hdf5File content;
  const std::string &file;
  LegacyFile legacy;
};

} // namespace

Expected<void> LegacySorter::addLayer(const std::string &name,
                                      const std::string &group) {
  keras::LegacyLayer layer{name, {}};
  for (const std::string &weight :
       readList(content.attributes, group, "weight_names")) {
    std::string path = group + "/" + weight;
    if (!content.datasets.contains(path))
      return fail(
          file + ": layer \"" + name + "\"", "lists the weight " + weight,
          "the file has no dataset " + path, "copy or save the file again");
    layer.weights.push_back({weight, path});
  }
  legacy.layout.layers.push_back(std::move(layer));
  return {};
}

Expected<void> LegacySorter::addOptimizer() {
  for (const std::string &name :
       readList(content.attributes, optimizerGroup, "weight_names")) {
    if (!content.datasets.contains(optimizerGroup + ("/" + name)))
      return fail(file + ": optimizer", "lists the weight " + name,
                  "the file has no dataset of that name",
                  "copy or save the file again");
    legacy.layout.optimizer.push_back(name);
  }
  return {};
}

Expected<LegacyFile> LegacySorter::sort() {
  keras::LegacyLayout &layout = legacy.layout;
  const keras::AttributeMap &attributes = content.attributes;
  layout.whole = !hasList(attributes, "", "layer_names");
  std::string base = layout.whole ? weightsGroup : "";
  std::string prefix = layout.whole ? weightsGroup + std::string("/") : "";
  for (const char *key : {"backend", "keras_version", "model_config",
                          "training_config", keras::dataAttribute}) {
    const auto *text = findAttribute(attributes, "", key);
    if (!text)
      text = findAttribute(attributes, base, key);
    if (text && !text->isList && !text->values.empty())
      layout.attributes[key] = *text;
  }
  if (auto version = layout.attributes.find("keras_version");
      version != layout.attributes.end())
    (void)llvm::StringRef(version->second.values.front())
        .split('.')
        .first.getAsInteger(10, legacy.kerasMajor);
  for (const char *name : {"layer_names", "layer_names0"})
    if (const auto *names = findAttribute(attributes, base, name))
      layout.fixedNames = names->isFixed;
  layout.topLevel = hasList(attributes, prefix + topLevelGroup, "weight_names");

  for (const std::string &name : readList(attributes, base, "layer_names"))
    if (Expected<void> done = addLayer(name, prefix + name); !done)
      return Unexpected(done.error());
  if (!readList(attributes, prefix + topLevelGroup, "weight_names").empty())
    return fail(file, "holds weights of the model itself, not of a layer",
                "dlc knows weights of layers only",
                "put them into a layer and save the model again");
  if (layout.whole)
    if (Expected<void> done = addOptimizer(); !done)
      return Unexpected(done.error());
  legacy.datasets = std::move(content.datasets);
  return std::move(legacy);
}

Expected<LegacyFile> importer::sortLegacy(keras::Hdf5File content,
                                          const std::string &file) {
  return LegacySorter(std::move(content), file).sort();
}
