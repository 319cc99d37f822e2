// The key of x[key], as Keras writes it and in short.
#pragma once

#include "compiler/import/config/Json.h"

namespace dlc::importer {

/// {class_name: "__slice__", ...} becomes {start: 1, stop: 3} without what is
/// None, {class_name: "__ellipsis__"} becomes "...".
Json shortenKey(const Json &key);

/// The inverse.
Json lengthenKey(const Json &key);

} // namespace dlc::importer
