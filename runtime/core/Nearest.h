// What a misspelt name was probably meant to be.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dlc {

/// That of `names` which takes the fewest edits (a letter more, less or other)
/// to become `name`; empty if that takes more than `mostEdits`: without a value
/// 2, or a third of a long name.
std::string findNearest(std::string_view name,
                        const std::vector<std::string> &names,
                        std::optional<size_t> mostEdits = {});

/// The one of `candidates`, which are not none, with the fewest letters added,
/// left out or changed from `name`, whatever their case; the first of several.
std::string nearestName(std::string_view name,
                        std::span<const std::string_view> candidates);

} // namespace dlc
