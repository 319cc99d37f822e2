#include "runtime/core/NearestName.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace dlc {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; }

/// Levenshtein's distance, one row of its table at a time.
size_t countEdits(std::string_view a, std::string_view b) {
  std::vector<size_t> edits(b.size() + 1);
  std::iota(edits.begin(), edits.end(), size_t(0));
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = edits[0];
    edits[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      size_t changed = diagonal + (lower(a[i]) != lower(b[j]));
      diagonal = edits[j + 1];
      edits[j + 1] = std::min({changed, edits[j] + 1, edits[j + 1] + 1});
    }
  }
  return edits.back();
}

} // namespace

std::string nearestName(std::string_view name,
                        std::span<const std::string_view> candidates) {
  // No name is so long: what is longer is as far from all.
  name = name.substr(0, 200);
  return std::string(*std::ranges::min_element(
      candidates, {},
      [&](std::string_view candidate) { return countEdits(name, candidate); }));
}

} // namespace dlc
