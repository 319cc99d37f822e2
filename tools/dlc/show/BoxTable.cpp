// A table in box characters, columns and breaks as the rich library makes them.
#include "tools/dlc/show/BoxTable.h"

#include <algorithm>
#include <cmath>

namespace dlc::tool {

namespace {

using Lines = std::vector<std::string>;

bool isContinuation(char c) { return (uint8_t(c) & 0xc0) == 0x80; }

/// Characters of a UTF-8 text.
int64_t length(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return !isContinuation(c); });
}

/// The first `count` characters, or all.
std::string_view prefix(std::string_view text, int64_t count) {
  size_t end = 0;
  while (end < text.size() && (count > 0 || isContinuation(text[end]))) {
    if (!isContinuation(text[end]))
      --count;
    ++end;
  }
  return text.substr(0, end);
}

/// The next word with the spaces after it.
std::string_view nextWord(std::string_view text) {
  size_t end = text.find(' ', text.find_first_not_of(' '));
  end = end == std::string_view::npos ? end : text.find_first_not_of(' ', end);
  return text.substr(0, end);
}

std::string_view trimEnd(std::string_view text) {
  size_t last = text.find_last_not_of(' ');
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

/// Breaks between words; a word longer than a line has one to itself and ends
/// in an ellipsis.
Lines wrap(std::string_view text, int64_t width) {
  Lines lines(1);
  int64_t used = 0;
  while (!text.empty()) {
    std::string_view word = nextWord(text);
    text.remove_prefix(word.size());
    if (used > 0 && length(trimEnd(word)) > width - used) {
      lines.emplace_back();
      used = 0;
    }
    lines.back() += word;
    used += length(word);
  }
  for (std::string &line : lines) {
    line = trimEnd(line);
    if (length(line) > width)
      line = std::string(prefix(line, width - 1)) + "…";
  }
  return lines;
}

/// Widths of the columns, a space on each side included. Where they ask for too
/// much, the excess is taken from all, the remainder by rounding half to even.
std::vector<int64_t> fitColumns(const std::vector<BoxColumn> &columns,
                                int64_t width) {
  std::vector<int64_t> widths;
  int64_t excess = int64_t(columns.size()) + 1 - width;
  for (const BoxColumn &column : columns) {
    widths.push_back(column.width + 2);
    excess += widths.back();
  }
  auto left = int64_t(columns.size());
  for (int64_t &columnWidth : widths) {
    auto share = int64_t(std::nearbyint(double(excess) / double(left--)));
    columnWidth = std::max<int64_t>(columnWidth - share, 3);
    excess -= share;
  }
  return widths;
}

struct Rule {
  const char *left, *line, *middle, *right;
};

std::string drawRule(const std::vector<int64_t> &widths, const Rule &rule) {
  std::string text;
  for (size_t c = 0; c < widths.size(); ++c) {
    text += c == 0 ? rule.left : rule.middle;
    for (int64_t i = 0; i < widths[c]; ++i)
      text += rule.line;
  }
  return text + rule.right + "\n";
}

/// A row; short cells stand at its top, or at its bottom.
std::string drawRow(const std::vector<BoxColumn> &columns,
                    const std::vector<int64_t> &widths,
                    const std::vector<std::string> &cells, const char *bar,
                    bool atBottom) {
  std::vector<Lines> wrapped;
  size_t height = 0;
  for (size_t c = 0; c < cells.size(); ++c) {
    wrapped.push_back(wrap(cells[c], widths[c] - 2));
    height = std::max(height, wrapped.back().size());
  }
  for (Lines &lines : wrapped)
    lines.insert(atBottom ? lines.begin() : lines.end(), height - lines.size(),
                 "");
  std::string text;
  for (size_t l = 0; l < height; ++l) {
    for (size_t c = 0; c < cells.size(); ++c) {
      const std::string &line = wrapped[c][l];
      std::string space(size_t(widths[c] - 2 - length(line)), ' ');
      text += bar;
      text += " " + (columns[c].right ? space + line : line + space) + " ";
    }
    text += bar;
    text += "\n";
  }
  return text;
}

} // namespace

std::string formatBoxTable(const std::vector<BoxColumn> &columns,
                           const std::vector<std::vector<std::string>> &rows,
                           int64_t width) {
  std::vector<int64_t> widths = fitColumns(columns, width);
  std::vector<std::string> headers;
  for (const BoxColumn &column : columns)
    headers.push_back(column.header);
  std::string text = drawRule(widths, {"┏", "━", "┳", "┓"});
  text += drawRow(columns, widths, headers, "┃", /*atBottom=*/true);
  text += drawRule(widths, {"┡", "━", "╇", "┩"});
  for (size_t r = 0; r < rows.size(); ++r) {
    if (r > 0)
      text += drawRule(widths, {"├", "─", "┼", "┤"});
    text += drawRow(columns, widths, rows[r], "│", /*atBottom=*/false);
  }
  return text + drawRule(widths, {"└", "─", "┴", "┘"});
}

} // namespace dlc::tool
