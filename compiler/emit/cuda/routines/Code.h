// Writes CUDA C++ line by line, indented by its blocks.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace dlc::emit::cuda::routines {

/// `line` writes one line; `open` one that ends with an opening brace, and what
/// follows is indented until `close`. A literal brace is doubled, as in fmt.
class Code {
public:
  template <typename... Args>
  void line(fmt::format_string<Args...> format, Args &&...args) {
    put(fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void open(fmt::format_string<Args...> format, Args &&...args) {
    put(fmt::format(format, std::forward<Args>(args)...) + " {");
    depth += 2;
  }
  void openBlock() {
    put("{");
    depth += 2;
  }
  void close(std::string_view tail = "") {
    depth -= 2;
    put("}" + std::string(tail));
  }
  void blank() { text += '\n'; }
  /// Whole lines, indented with the others; a pragma with the loop under it.
  void splice(std::string_view lines) {
    while (!lines.empty()) {
      size_t end = lines.find('\n');
      std::string_view line = lines.substr(0, end);
      lines.remove_prefix(end + 1);
      size_t indent = line.starts_with('#') ? lines.find_first_not_of(' ') : 0;
      put(std::string(indent, ' ').append(line));
    }
  }

  /// What was written so far.
  std::string take() { return std::move(text); }

private:
  void put(std::string_view line) {
    // Pragmas belong to the loop under them and are indented with it.
    text.append(depth, ' ').append(line) += '\n';
  }

  std::string text;
  size_t depth = 0;
};

} // namespace dlc::emit::cuda::routines
