// JSON as Keras writes it.
#pragma once

#include "compiler/attributes/Json.h"
#include "runtime/core/Error.h"

namespace dlc::importer {

using attributes::Json;
using attributes::toAttribute;
using attributes::toJson;

/// Parses text that may come from a stranger: nested at most 200 deep, so that
/// recursion over the result is safe. NaN, Infinity and -Infinity, which Python
/// writes into its JSON, are numbers. Errors call it `thing`.
Expected<Json> parseJson(const std::string &text, const std::string &thing);

/// One line, as Python writes it; bytes that are not UTF-8 are replaced.
std::string printJson(const Json &json);

/// The value of a key, or null where `object` is no object or lacks it.
const Json *find(const Json &object, const char *key);

/// The string under a key; empty where there is none.
std::string findString(const Json &object, const char *key);

} // namespace dlc::importer
