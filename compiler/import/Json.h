// JSON as Keras writes it, and the same values as MLIR attributes.
#pragma once

#include "mlir/IR/BuiltinAttributes.h"
#include "runtime/core/Error.h"

#include <nlohmann/json.hpp>

namespace dlc::importer {

/// Keeps the order of keys, as Python does.
using Json = nlohmann::ordered_json;

/// Parses text that may come from a stranger: nested at most 200 deep, so that
/// recursion over the result is safe. Errors call it `thing`.
Expected<Json> parseJson(const std::string &text, const std::string &thing);

/// One line; bytes that are not UTF-8 are replaced.
std::string printJson(const Json &json);

/// The value of a key, or null where `object` is no object or lacks it.
const Json *find(const Json &object, const char *key);

/// The string under a key; empty where there is none.
std::string findString(const Json &object, const char *key);

/// i64, f64, bool, string, array, dictionary; unit for null.
mlir::Attribute toAttribute(mlir::MLIRContext *context, const Json &json);

/// The inverse. Attributes of other kinds become their MLIR text.
Json toJson(mlir::Attribute attribute);

} // namespace dlc::importer
