// A table in box characters, columns and breaks as the rich library makes them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dlc::tool {

struct BoxColumn {
  std::string header;
  int64_t width;      // of the text, asked for
  bool right = false; // aligned
};

/// A table of `width` characters, borders included. Where the columns ask for
/// more, all give way evenly; texts break between words, and a word that is too
/// long ends in an ellipsis.
std::string formatBoxTable(const std::vector<BoxColumn> &columns,
                           const std::vector<std::vector<std::string>> &rows,
                           int64_t width);

} // namespace dlc::tool
