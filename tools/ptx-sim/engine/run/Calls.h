// The functions that translated code calls.
#pragma once

#include <utility>
#include <vector>

namespace ptxsim {

/// Name and address of each.
const std::vector<std::pair<const char *, void *>> &runtimeFunctions();

} // namespace ptxsim
