// What must be the same in a run and in the one that goes on with it.
#pragma once

#include "runtime/artifact/Artifact.h"
#include "runtime/core/Error.h"

#include <string>
#include <utility>
#include <vector>

namespace dlc::session {

/// Each thing and its value, as an error tells them: {"seed", "3"}. The first
/// that differs is named; where both values are JSON objects, by its key in
/// them.
using Identity = std::vector<std::pair<std::string, std::string>>;

/// The model's name and configuration, and the name, type and shape of each of
/// its states.
Identity identifyModel(const artifact::Artifact &artifact);

/// The error names `file`, what differs, and both values. Of JSON objects it
/// names the key: "compile_config.optimizer.config.momentum".
Expected<void> compareIdentities(const Identity &before, const Identity &now,
                                 const std::string &file);

} // namespace dlc::session
