// Keras' callbacks from text, as dlc train and the C API take them.
#pragma once

#include "runtime/session/callbacks/Callback.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dlc::callbacks {

/// What is given for each callback: Keras' arguments as "name=value,...", or
/// the path alone that the callback needs. Empty: there is none.
struct Settings {
  std::string reduceLR = {};
  std::string earlyStopping = {};
  std::vector<std::string> checkpoints = {};
  bool terminateOnNaN = false;
  std::string csvLog = {};
  std::string tensorBoard = {};
};

/// What errors call a setting, as "--early-stopping" for "early_stopping".
using NameSetting = std::string (*)(std::string_view setting);

/// The callbacks, in the order in which they are to be called: what changes the
/// model or adds to the logs is before what writes these. Errors name the
/// setting: an argument that is not there, or a value that it does not take.
Expected<std::vector<std::unique_ptr<Callback>>>
makeCallbacks(const Settings &settings, NameSetting name);

/// A file or folder that a callback writes, with {epoch} as it is given, and
/// what errors call its setting.
struct WrittenPath {
  std::string setting;
  std::string path;
};
Expected<std::vector<WrittenPath>> listWritten(const Settings &settings,
                                               NameSetting name);

} // namespace dlc::callbacks
