// A model into any of Keras' own formats, by the name of the file.
#pragma once

#include "runtime/keras/Legacy.h"

#include <optional>

namespace dlc::keras {

/// NAME.keras, NAME.h5 or NAME.hdf5, and NAME.weights.h5.
enum class Format { Archive, Legacy, Weights };

/// By the suffix; none for a name without one of these.
std::optional<Format> findFormat(const std::filesystem::path &path);

/// All that the formats hold.
struct SavedModel {
  std::string config;   // config.json
  std::string metadata; // metadata.json
  Datasets weights;     // by path in model.weights.h5
  /// Where its attributes are empty, they are made from config and metadata.
  LegacyLayout legacy;
};

/// Writes what the file's format holds.
Expected<void> saveModel(SavedModel model, const std::filesystem::path &path);

} // namespace dlc::keras
