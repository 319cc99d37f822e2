// The data of a command: arrays, or pictures as the model takes them.
#pragma once

#include "tools/dlc/options/Options.h"

namespace dlc::tool {

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
/// becomes it for either. `kept` is how the pictures were read that the model
/// was trained on (Session::pictureFormat): what options do not say is as it
/// was then, and a difference is told.
Expected<LoadedData> readTrainingData(const RunOptions &options,
                                      const artifact::Program &program,
                                      double validationSplit,
                                      const std::string &validationData,
                                      const std::string &kept);

/// --data with targets. `classes` are the names that the model has.
Expected<LoadedData> readEvaluationData(const RunOptions &options,
                                        const artifact::Program &program,
                                        const std::vector<std::string> &classes,
                                        const std::string &kept);

/// --data without targets.
Expected<LoadedData> readPredictionData(const RunOptions &options,
                                        const artifact::Program &program,
                                        const std::string &kept);

} // namespace dlc::tool
