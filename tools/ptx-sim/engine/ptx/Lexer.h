// PTX text in words and signs, each with its line.
#pragma once

#include "tools/ptx-sim/engine/Fault.h"

#include <string_view>
#include <vector>

namespace ptxsim::ptx {

struct Token {
  enum Kind : uint8_t { Word, Sign, String, End };
  Kind kind = End;
  unsigned line = 0;
  /// Dots belong to words: ".reg", "ld.global.f32" and "%tid.x" are one each.
  std::string_view text;

  bool is(std::string_view wanted) const {
    return (kind == Word || kind == Sign) && text == wanted;
  }
};

/// The tokens of `text`, the last one End. They point into `text`.
Expected<std::vector<Token>> lex(std::string_view text);

} // namespace ptxsim::ptx
