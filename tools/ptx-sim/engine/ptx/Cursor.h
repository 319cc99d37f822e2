// A place among tokens. The first fault stays; after it the cursor stands at
// the end, so that parsers need not look after each step.
#pragma once

#include "tools/ptx-sim/engine/ptx/Ast.h"
#include "tools/ptx-sim/engine/ptx/Lexer.h"

#include <optional>
#include <string>

namespace ptxsim::ptx {

class Cursor {
public:
  explicit Cursor(std::vector<Token> tokens) : tokens(std::move(tokens)) {}

  const Token &peek() const { return tokens[position]; }
  bool at(std::string_view text) const { return peek().is(text); }
  bool atEnd() const { return peek().kind == Token::End; }
  unsigned line() const { return peek().line; }

  Token take();
  /// Takes the token if it is `text`.
  bool accept(std::string_view text);
  void expect(std::string_view text);
  std::string takeWord(std::string_view what);
  /// An integer with an optional sign.
  int64_t takeInteger(std::string_view what);

  /// Takes note of `message` with the line where the cursor stands.
  void fault(std::string message) { faultAt(line(), std::move(message)); }
  void faultAt(unsigned line, std::string message);
  const std::optional<Fault> &firstFault() const { return found; }

private:
  std::vector<Token> tokens;
  size_t position = 0;
  std::optional<Fault> found;
};

/// "4", "0x1F", "0b101", "077", each with an optional U; none for other text.
std::optional<uint64_t> parseInteger(std::string_view word);

/// "0f3F800000" and "0d3FF0000000000000" as an operand of kind Float, and
/// decimal ones such as "1.5" as one of 64 bits.
std::optional<Operand> parseFloat(std::string_view word);

} // namespace ptxsim::ptx
