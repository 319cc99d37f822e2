// Options for data that are pictures, and the data that they lead to.
#pragma once

#include "runtime/data/images/ImageData.h"
#include "tools/dlc/Options.h"

namespace dlc::tool {

/// Adds --image-size, --color-mode, --interpolation, --keep-aspect-ratio,
/// --rescale, --preprocess, --workers, --on-bad-image, and for training
/// --augment. They are stored as text until the data are opened.
void addImageOptions(CLI::App &app, RunOptions &options, bool isTraining);

/// Data of any kind, and what pictures have beside.
struct LoadedData {
  Dataset data;
  /// Of pictures, else empty: the name of each sample's.
  std::vector<std::string> files = {};
  std::optional<Dataset> validation = {};
  bool isPictures = false;
};

/// --data to train on. Of pictures `validationSplit` is cut off here, and
/// becomes `validation`; of arrays fit does that. `validationData`, if given,
/// becomes it for either.
Expected<LoadedData> readTrainingData(const RunOptions &options,
                                      const artifact::Program &program,
                                      double validationSplit,
                                      const std::string &validationData);

/// --data with targets. `classes` are the names that the model has.
Expected<LoadedData>
readEvaluationData(const RunOptions &options, const artifact::Program &program,
                   const std::vector<std::string> &classes);

/// --data without targets.
Expected<LoadedData> readPredictionData(const RunOptions &options,
                                        const artifact::Program &program);

} // namespace dlc::tool
