// The value of --class-weight.
#pragma once

#include "runtime/core/Error.h"

#include <map>
#include <string>

namespace dlc::tool {

/// Reads "0=1,1=2.5" or a JSON object {"0": 1, "1": 2.5}; "" is empty.
Expected<std::map<int64_t, float>> parseClassWeight(const std::string &text);

} // namespace dlc::tool
