// Python's call syntax: "Dense(10, activation='softmax')".
#pragma once

#include "compiler/attributes/Json.h"
#include "runtime/core/Error.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace dlc::importer {

using attributes::Json;

/// A call as it is written.
struct CallText {
  std::string callee; // without its modules: "Dense" of "keras.layers.Dense"
  std::vector<Json> positional;
  Json keywords = Json::object();
};

/// What calls a text may hold.
struct CallForm {
  /// For errors.
  std::string example = "Dense(10, activation=softmax)";
  /// The names of a callee's arguments in their order, as many as may stand
  /// without a key. Null: the outer call's remain as they are, and inner ones
  /// have keys unless they are initializers, regularizers or constraints.
  std::vector<std::string> (*arguments)(llvm::StringRef callee) = nullptr;
};

/// Arguments are Python literals, words without quotes that stand for strings,
/// and calls, which become {class_name, config}. Parentheses may be left out
/// where there is no argument. Errors call the text `thing`.
Expected<CallText> parseCall(const std::string &text, const std::string &thing,
                             const CallForm &form = {});

} // namespace dlc::importer
