// Files of older forms: which group and name each weight has in them.
// Formats: keras/src/legacy/saving/legacy_h5_format.py, Keras 2.0 to 3.15.1,
// and saving_lib.py of Keras 2.13.
#pragma once

#include "runtime/keras/KerasFile.h"

namespace dlc::keras {

/// The root's attribute for what metadata.json has under this key: what dlc
/// keeps of a model's data. Keras reads no attribute of this name.
inline constexpr const char *dataAttribute = "dlc";

/// One dataset of a layer's group.
struct LegacyWeight {
  std::string name; // "dense/kernel", in Keras 2 "dense/kernel:0"
  std::string path; // in model.weights.h5: "layers/dense/vars/0"
};

/// A layer of the model; a nested model is one layer with all its weights.
struct LegacyLayer {
  std::string name;
  std::vector<LegacyWeight> weights;
};

/// All that a legacy file says beside the values of its weights.
struct LegacyLayout {
  /// Whether the file holds the model too; else weights alone, at its root.
  bool whole = true;
  /// Of the root: backend, keras_version, model_config, training_config.
  std::map<std::string, TextAttribute> attributes;
  /// In the order of `model.layers`, those without weights too.
  std::vector<LegacyLayer> layers;
  /// Whether lists of names are stored as texts of fixed length.
  bool fixedNames = false;
  /// Whether there is a group top_level_model_weights, which Keras 3 writes.
  bool topLevel = true;
  /// Names of optimizer/vars/0, 1, ...; empty where the file has none.
  std::vector<std::string> optimizer;
  /// What Keras 2.13 calls a dataset of model.weights.h5, by its path in Keras
  /// 3, where they differ: that version looks for no other name.
  std::map<std::string, std::string> oldPaths;
};

/// The layout as JSON, and back; errors call the text `thing`.
std::string printLayout(const LegacyLayout &layout);
Expected<LegacyLayout> parseLayout(const std::string &text,
                                   const std::string &thing);

/// The attributes of a file that holds this config.json and metadata.json, for
/// a model that did not come from a legacy file.
std::map<std::string, TextAttribute>
makeAttributes(const std::string &configJson, const std::string &metadataJson);

/// Puts into attributes what the metadata of now has for `dataAttribute`.
void updateDataAttribute(std::map<std::string, TextAttribute> &attributes,
                         const std::string &metadataJson);

/// A legacy file with those of `weights` that the layout names, and whatever
/// state of the optimizer they hold.
Expected<void> writeLegacy(const LegacyLayout &layout, Datasets weights,
                           const std::filesystem::path &path);

} // namespace dlc::keras
