// What a misspelt name was probably meant to be.
#include "runtime/core/Nearest.h"

#include <algorithm>
#include <numeric>

namespace dlc {

/// The edits (a letter more, less or other) that make `a` into `b`.
static size_t countEdits(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t(0));
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      size_t change = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::string findNearest(std::string_view name,
                        const std::vector<std::string> &names,
                        std::optional<size_t> mostEdits) {
  size_t most = mostEdits.value_or(std::max<size_t>(2, name.size() / 3));
  std::string nearest;
  size_t fewest = SIZE_MAX;
  for (const std::string &candidate : names) {
    size_t edits = countEdits(name, candidate);
    if (edits < fewest && edits <= most)
      nearest = candidate;
    fewest = std::min(fewest, edits);
  }
  return nearest;
}

} // namespace dlc
