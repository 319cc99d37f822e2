// The options of dlc train that are Keras' callbacks.
#pragma once

#include "runtime/session/callbacks/text/Settings.h"

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

namespace dlc::tool {

void addCallbackOptions(CLI::App &app, callbacks::Settings &settings);

/// "--early-stopping" for "early_stopping".
std::string nameFlag(std::string_view setting);

} // namespace dlc::tool
