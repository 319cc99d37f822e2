// Lines of C++, indented.
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"

#include <string>

namespace dlc::emit::cuda {

class CodeText {
public:
  explicit CodeText(unsigned depth = 0) : depth(depth) {}

  void line(const llvm::Twine &text);
  /// Words after `//`.
  void comment(llvm::StringRef words);
  /// A line at the left margin: `#pragma unroll`, `#line`.
  void directive(const llvm::Twine &text);
  /// Lines that are written already.
  void append(llvm::StringRef lines) { text += lines; }
  /// A line that ends with `{`, and what it opens.
  void open(const llvm::Twine &head);
  void close();
  std::string take() { return std::move(text); }

private:
  std::string text;
  unsigned depth;
};

} // namespace dlc::emit::cuda
