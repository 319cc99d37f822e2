// Steps over tokens, and numbers in PTX's spellings.
#include "tools/ptx-sim/engine/ptx/Cursor.h"

#include <bit>
#include <charconv>

using namespace ptxsim;
using namespace ptxsim::ptx;

Token Cursor::take() {
  Token token = peek();
  if (!atEnd())
    ++position;
  return token;
}

bool Cursor::accept(std::string_view text) {
  if (!at(text))
    return false;
  take();
  return true;
}

void Cursor::expect(std::string_view text) {
  if (!accept(text))
    fault("has '" + std::string(peek().text) + "' where '" + std::string(text) +
          "' should be");
}

std::string Cursor::takeWord(std::string_view what) {
  if (peek().kind != Token::Word) {
    fault("has '" + std::string(peek().text) + "' where " + std::string(what) +
          " should be");
    return {};
  }
  return std::string(take().text);
}

int64_t Cursor::takeInteger(std::string_view what) {
  bool negative = accept("-");
  std::optional<uint64_t> number = parseInteger(peek().text);
  if (!number) {
    fault("has '" + std::string(peek().text) + "' where " + std::string(what) +
          " should be");
    return 0;
  }
  take();
  return static_cast<int64_t>(negative ? 0 - *number : *number);
}

void Cursor::faultAt(unsigned line, std::string message) {
  if (!found)
    found = Fault{Status::InvalidPtx,
                  "line " + std::to_string(line) + ": " + std::move(message)};
  position = tokens.size() - 1;
}

static std::optional<uint64_t> parseDigits(std::string_view digits, int base) {
  uint64_t value = 0;
  const char *end = digits.data() + digits.size();
  auto [rest, error] = std::from_chars(digits.data(), end, value, base);
  if (error != std::errc() || rest != end)
    return std::nullopt;
  return value;
}

std::optional<uint64_t> ptxsim::ptx::parseInteger(std::string_view word) {
  if (word.ends_with('U'))
    word.remove_suffix(1);
  if (word.starts_with("0x") || word.starts_with("0X"))
    return parseDigits(word.substr(2), 16);
  if (word.starts_with("0b") || word.starts_with("0B"))
    return parseDigits(word.substr(2), 2);
  if (word.size() > 1 && word.starts_with('0'))
    return parseDigits(word.substr(1), 8);
  return parseDigits(word, 10);
}

std::optional<Operand> ptxsim::ptx::parseFloat(std::string_view word) {
  Operand operand;
  operand.kind = Operand::Float;
  bool isSingle = word.starts_with("0f") || word.starts_with("0F");
  bool isDouble = word.starts_with("0d") || word.starts_with("0D");
  if (isSingle || isDouble) {
    operand.width = isSingle ? 32 : 64;
    std::optional<uint64_t> bits = parseDigits(word.substr(2), 16);
    if (!bits || word.size() != 2 + operand.width / 4)
      return std::nullopt;
    operand.value = static_cast<int64_t>(*bits);
    return operand;
  }
  double value = 0;
  const char *end = word.data() + word.size();
  auto [rest, error] = std::from_chars(word.data(), end, value);
  if (error != std::errc() || rest != end)
    return std::nullopt;
  operand.width = 64;
  operand.value = std::bit_cast<int64_t>(value);
  return operand;
}
