// The value of --class-weight.
#pragma once

#include "runtime/data/ClassWeight.h"

namespace dlc::tool {

/// Reads "0=1,1=2.5", "cat=1,dog=2.5" or a JSON object {"0": 1, "1": 2.5}; ""
/// is empty.
Expected<data::NamedWeights> parseClassWeight(const std::string &text);

} // namespace dlc::tool
