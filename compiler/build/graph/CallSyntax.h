// Python's call syntax: "Dense(10, activation='softmax')".
#pragma once

#include "compiler/attributes/Json.h"
#include "runtime/core/Error.h"

namespace dlc::build {

using attributes::Json;

/// A call as it is written.
struct CallText {
  std::string callee; // without its modules: "Dense" of "keras.layers.Dense"
  std::vector<Json> positional;
  Json keywords = Json::object();
};

/// Arguments are Python literals, words without quotes that stand for strings,
/// and calls, which become {class_name, config}. Parentheses may be left out
/// where there is no argument. Errors call the text `thing`.
Expected<CallText> parseCall(const std::string &text, const std::string &thing);

} // namespace dlc::build
