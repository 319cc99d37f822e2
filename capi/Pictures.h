// The samples of a call of dlc.h: arrays, or pictures.
#pragma once

#include "capi/dlc.h"
#include "runtime/core/Error.h"
#include "runtime/data/Dataset.h"

#include <optional>
#include <string>
#include <vector>

namespace dlc::capi {

/// The samples that a program reads. Of pictures, those of "predict" have no
/// labels; `classes` are the names of the model's classes, or empty.
Expected<Dataset> readSamples(const dlc_session &session, const char *program,
                              const dlc_data *data,
                              const std::vector<std::string> &classes);

struct TrainingSamples {
  Dataset training;
  std::optional<Dataset> validation = {};
};

/// Samples to train on. Of pictures `validationSplit` is cut off here; of
/// arrays fit does that.
Expected<TrainingSamples> readTrainingSamples(const dlc_session &session,
                                              const dlc_data *data,
                                              double validationSplit);

} // namespace dlc::capi
