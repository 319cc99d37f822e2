// Weights of the loss by class, under the names that classes have.
#pragma once

#include "runtime/core/Error.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace dlc::data {

/// Weights by the name of a class, or by its number in digits.
using NamedWeights = std::map<std::string, float>;

/// The same by number, as FitOptions::classWeight takes them: a class that has
/// a name in `classNames` by its place there, else a key is a number. Errors,
/// which begin with `thing`, name a class that is not there or has two weights.
Expected<std::map<int64_t, float>>
numberClasses(const NamedWeights &weights,
              const std::vector<std::string> &classNames,
              const std::string &thing);

} // namespace dlc::data
