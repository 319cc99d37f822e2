// What a legacy .h5 file holds, read and sorted but not yet matched to a model.
#pragma once

#include "compiler/import/config/Json.h"
#include "runtime/keras/Legacy.h"

namespace dlc::importer {

struct LegacyFile {
  keras::WeightMap datasets;
  /// Paths are still those of the file: "model_weights/dense/dense/kernel:0".
  keras::LegacyLayout layout;
  /// The major version of Keras; 1 where the file does not say.
  int kerasMajor = 1;
};

/// Whether HDF5 content is a legacy file: Keras' own .weights.h5 has no list of
/// layers.
bool isLegacy(const keras::Hdf5File &content);

/// Sorts the content of a legacy file, of a whole model or of weights alone.
/// Errors name the file and the layer.
Expected<LegacyFile> sortLegacy(keras::Hdf5File content,
                                const std::string &file);

} // namespace dlc::importer
