// Writes legacy .h5 files as Keras' save_model_to_hdf5 does.
#include "runtime/core/AtomicFile.h"
#include "runtime/keras/Legacy.h"

namespace dlc::keras {

namespace {

/// Collects datasets and attributes, a group at a time.
class LegacyWriter {
public:
  LegacyWriter(const LegacyLayout &layout, Datasets weights, std::string name)
      : layout(layout), weights(std::move(weights)), name(std::move(name)) {}

  Expected<void> write(const std::string &path);

private:
  Expected<void> addLayers();
  void addOptimizer();
  void addNames(const std::string &group, const std::string &attribute,
                std::vector<std::string> names) {
    attributes[group][attribute] = {std::move(names), /*isList=*/true,
                                    layout.fixedNames};
  }

  const LegacyLayout &layout;
  Datasets weights; // those that are not in datasets yet
  std::string name;
  Datasets datasets;
  AttributeMap attributes;
};

Expected<void> LegacyWriter::addLayers() {
  std::string base = layout.whole ? "model_weights" : "";
  std::string prefix = layout.whole ? "model_weights/" : "";
  std::vector<std::string> layerNames;
  for (const LegacyLayer &layer : layout.layers) {
    layerNames.push_back(layer.name);
    std::string group = prefix + layer.name;
    std::vector<std::string> weightNames;
    for (const LegacyWeight &weight : layer.weights) {
      auto value = weights.find(weight.path);
      if (value == weights.end())
        return fail(name + ": layer \"" + layer.name + "\"",
                    "has no weight " + weight.path,
                    "the file holds all of a layer", "compile the model again");
      weightNames.push_back(weight.name);
      datasets[group + "/" + weight.name] = std::move(value->second);
      weights.erase(value);
    }
    addNames(group, "weight_names", std::move(weightNames));
  }
  if (layout.topLevel)
    addNames(prefix + "top_level_model_weights", "weight_names", {});
  addNames(base, "layer_names", std::move(layerNames));
  for (const char *key : {"backend", "keras_version"})
    if (auto found = layout.attributes.find(key);
        found != layout.attributes.end())
      attributes[base][key] = found->second;
  return {};
}

/// Keras reads the state in the order of its names, whatever they are.
void LegacyWriter::addOptimizer() {
  const std::string path = "optimizer/vars/";
  std::vector<Datasets::mapped_type> values;
  for (auto value = weights.find(path + "0"); value != weights.end();
       value = weights.find(path + std::to_string(values.size())))
    values.push_back(std::move(value->second));
  if (values.empty())
    return;
  bool isNamed = layout.optimizer.size() == values.size();
  std::vector<std::string> names;
  for (size_t i = 0; i < values.size(); ++i) {
    names.push_back(isNamed ? layout.optimizer[i]
                            : "optimizer/" + std::to_string(i));
    datasets["optimizer_weights/" + names.back()] = std::move(values[i]);
  }
  addNames("optimizer_weights", "weight_names", std::move(names));
}

Expected<void> LegacyWriter::write(const std::string &path) {
  if (Expected<void> done = addLayers(); !done)
    return Unexpected(done.error());
  if (layout.whole) {
    attributes[""] = layout.attributes;
    addOptimizer();
  }
  return writeHdf5(datasets, attributes, path, name);
}

} // namespace

Expected<void> writeLegacy(const LegacyLayout &layout, Datasets weights,
                           const std::filesystem::path &path) {
  auto file = TemporaryFile::create(path);
  if (!file)
    return Unexpected(file.error());
  LegacyWriter writer(layout, std::move(weights), path.string());
  if (auto written = writer.write(file->name()); !written)
    return written;
  return file->commit();
}

} // namespace dlc::keras
