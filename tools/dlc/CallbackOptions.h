// The options of dlc train that are Keras' callbacks.
#pragma once

#include "runtime/session/Session.h"
#include "tools/dlc/OutputFiles.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

namespace dlc::tool {

/// What was given for each, as text; "" where it was not.
struct CallbackOptions {
  std::string reduceLR;
  std::string earlyStopping;
  std::vector<std::string> checkpoints;
  bool terminateOnNaN = false;
  std::string csvLog;
  std::string tensorBoard;
};

void addCallbackOptions(CLI::App &app, CallbackOptions &options);

/// The files and folders that they write; names with {epoch} as they are given.
/// Errors name an option.
Expected<std::vector<NamedPath>> listOutputs(const CallbackOptions &options);

/// The callbacks, in the order in which they are to be called: what changes the
/// model or adds to the logs is before what writes these.
Expected<std::vector<std::unique_ptr<Callback>>>
makeCallbacks(const CallbackOptions &options);

} // namespace dlc::tool
