// What a misspelt name was probably meant to be.
#include "runtime/core/Nearest.h"

#include <algorithm>
#include <numeric>

namespace dlc {

namespace {

bool areEqual(char a, char b) { return a == b; }

bool areEqualButForCase(char a, char b) {
  auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  };
  return lower(a) == lower(b);
}

/// The edits (a letter more, less or other) that make `a` into `b`:
/// Levenshtein's distance, one row of its table at a time.
size_t countEdits(std::string_view a, std::string_view b,
                  bool (*equal)(char, char)) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t(0));
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      size_t change = diagonal + !equal(a[i], b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

} // namespace

std::string findNearest(std::string_view name,
                        const std::vector<std::string> &names,
                        std::optional<size_t> mostEdits) {
  size_t most = mostEdits.value_or(std::max<size_t>(2, name.size() / 3));
  std::string nearest;
  size_t fewest = SIZE_MAX;
  for (const std::string &candidate : names) {
    size_t edits = countEdits(name, candidate, areEqual);
    if (edits < fewest && edits <= most)
      nearest = candidate;
    fewest = std::min(fewest, edits);
  }
  return nearest;
}

std::string nearestName(std::string_view name,
                        std::span<const std::string_view> candidates) {
  // No name is so long: what is longer is as far from all.
  name = name.substr(0, 200);
  return std::string(*std::ranges::min_element(
      candidates, {}, [&](std::string_view candidate) {
        return countEdits(name, candidate, areEqualButForCase);
      }));
}

} // namespace dlc
