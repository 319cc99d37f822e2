// The name that a user may have meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace dlc {

/// The one of `candidates`, which are not none, with the fewest letters added,
/// left out or changed from `name`, whatever their case; the first of several.
std::string nearestName(std::string_view name,
                        std::span<const std::string_view> candidates);

} // namespace dlc
