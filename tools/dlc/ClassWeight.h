// The value of --class-weight.
#pragma once

#include "runtime/core/Error.h"

#include <map>
#include <string>
#include <vector>

namespace dlc::tool {

/// Weights by the name of a class, or by its number.
using NamedWeights = std::map<std::string, float>;

/// Reads "0=1,1=2.5", "cat=1,dog=2.5" or a JSON object {"0": 1, "1": 2.5}; ""
/// is empty.
Expected<NamedWeights> parseClassWeight(const std::string &text);

/// The numbers of these classes, by the names that the data has; where a name
/// is that of no class it is a number. Errors name the class.
Expected<std::map<int64_t, float>>
numberClasses(const NamedWeights &weights,
              const std::vector<std::string> &classNames);

} // namespace dlc::tool
