// Where a command's numbers go: text for people, JSON for programs.
#pragma once

#include "runtime/core/Error.h"
#include "runtime/session/Session.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

namespace dlc::tool {

using Json = nlohmann::ordered_json;

/// Writes `json` to a file, all or nothing, or to standard output for "-";
/// nothing for "".
Expected<void> writeJson(const Json &json, const std::string &path);

/// Writes text, all or nothing.
Expected<void> writeText(const std::string &text, const std::string &path);

/// Where a command's text goes: standard output, or standard error where
/// standard output holds JSON.
std::FILE *textStream(const std::string &jsonPath);

/// "accuracy: 0.9012 - loss: 0.3000", numbers as Keras prints them.
std::string formatLogs(const Logs &logs);

/// An object of the values by name.
Json toJson(const Logs &logs);

} // namespace dlc::tool
