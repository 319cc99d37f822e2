// Optimizer, loss and metrics as options give them, in place of what the file
// says.
#pragma once

#include "compiler/Compile.h"
#include "compiler/import/config/Json.h"

namespace dlc::importer {

/// Whether an option says anything.
bool hasTraining(const TrainingOptions &training);

/// `config`, a compile_config or null, with what the options say in its place.
/// A string of one name is for every output. Errors name the option.
Expected<Json> applyTraining(Json config, const TrainingOptions &training,
                             const std::vector<std::string> &outputs);

} // namespace dlc::importer
