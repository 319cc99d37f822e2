// Which Keras wrote a file, and what that changes.
#pragma once

#include "compiler/Compile.h"

#include <string>

namespace dlc::importer {

/// Whether `training=` arguments that a file records are followed. Keras 3.0 to
/// 3.15 recorded them from signatures and ignored them in fit; Keras 2 and 3.16
/// record only what the user passed, and follow it.
bool honoursTraining(const std::string &metadataJson, TrainingArgument option);

} // namespace dlc::importer
