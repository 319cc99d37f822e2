// What model.compile was given in Keras 2's words, as Keras 3 would say it.
#pragma once

#include "compiler/import/config/Json.h"

namespace dlc::importer {

/// A compile_config in which losses, metrics and optimizer are Keras 3's.
Json modernizeCompile(const Json &compile);

} // namespace dlc::importer
