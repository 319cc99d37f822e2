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
