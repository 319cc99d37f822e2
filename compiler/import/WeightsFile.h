// Weights from a file of their own, whatever its format.
#pragma once

#include "compiler/import/Import.h"

namespace dlc::importer {

/// Datasets under the names that Keras 3 gives them: Keras 2.13 had another
/// name for `layers`, in some places. What was renamed goes into `oldPaths`.
keras::WeightMap
modernizePaths(keras::WeightMap weights,
               std::map<std::string, std::string> *oldPaths = nullptr);

/// Replaces the model's weights by those of a .weights.h5, .keras or legacy .h5
/// file, and the optimizer's state by what the file holds of it. Errors name
/// the file and the layer.
Expected<void> replaceWeights(Model &model, const std::filesystem::path &file);

} // namespace dlc::importer
