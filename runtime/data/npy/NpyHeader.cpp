// The header of an .npy file: a Python dictionary of three entries.
#include "runtime/data/npy/NpyHeader.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <optional>
#include <string_view>

namespace dlc::data {

namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr int64_t maxElements = int64_t(1) << 62;
/// numpy itself has arrays of up to 32 dimensions, 64 since 2.0.
constexpr size_t maxRank = 64;

/// Takes a Python literal apart, as far as numpy writes one.
class Parser {
public:
  explicit Parser(std::string_view text) : rest(text) {}

  bool take(char c) {
    skipSpace();
    if (!rest.starts_with(c))
      return false;
    rest.remove_prefix(1);
    return true;
  }
  bool takeWord(std::string_view word) {
    skipSpace();
    if (!rest.starts_with(word))
      return false;
    rest.remove_prefix(word.size());
    return true;
  }
  std::optional<std::string> takeString() {
    skipSpace();
    if (rest.empty() || (rest[0] != '\'' && rest[0] != '"'))
      return std::nullopt;
    size_t end = rest.find(rest[0], 1);
    if (end == std::string_view::npos)
      return std::nullopt;
    std::string text(rest.substr(1, end - 1));
    rest.remove_prefix(end + 1);
    return text;
  }
  std::optional<int64_t> takeNumber() {
    skipSpace();
    int64_t value = 0;
    auto [end, code] =
        std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (code != std::errc())
      return std::nullopt;
    rest.remove_prefix(size_t(end - rest.data()));
    // Python 2 wrote long numbers with an L.
    if (rest.starts_with('L'))
      rest.remove_prefix(1);
    return value;
  }
  bool atEnd() {
    skipSpace();
    return rest.empty();
  }

private:
  void skipSpace() {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\n"), rest.size()));
  }
  std::string_view rest;
};

/// "(3, 4)", "(3,)" or "()".
bool parseShape(Parser &parser, Shape &shape) {
  if (!parser.take('('))
    return false;
  while (!parser.take(')')) {
    auto dim = parser.takeNumber();
    if (!dim || shape.size() == maxRank)
      return false;
    shape.push_back(*dim);
    if (!parser.take(',')) {
      if (!parser.take(')'))
        return false;
      break;
    }
  }
  return true;
}

/// Fills `header` from "{'descr': '<f4', 'fortran_order': False, ...}".
bool parseDictionary(std::string_view text, NpyHeader &header) {
  Parser parser(text);
  bool hasDescr = false, hasOrder = false, hasShape = false;
  if (!parser.take('{'))
    return false;
  while (!parser.take('}')) {
    auto key = parser.takeString();
    if (!key || !parser.take(':'))
      return false;
    if (*key == "descr" && !hasDescr) {
      auto descr = parser.takeString();
      if (!descr)
        return false;
      header.descr = *descr;
      hasDescr = true;
    } else if (*key == "fortran_order" && !hasOrder) {
      header.fortranOrder = parser.takeWord("True");
      if (!header.fortranOrder && !parser.takeWord("False"))
        return false;
      hasOrder = true;
    } else if (*key == "shape" && !hasShape) {
      if (!parseShape(parser, header.shape))
        return false;
      hasShape = true;
    } else {
      return false;
    }
    if (!parser.take(',')) {
      if (!parser.take('}'))
        return false;
      break;
    }
  }
  return hasDescr && hasOrder && hasShape && parser.atEnd();
}

/// No negative dimension and no overflow, whatever the file says.
bool isSane(const Shape &shape) {
  int64_t count = 1;
  for (int64_t dim : shape)
    if (dim < 0 ||
        __builtin_mul_overflow(count, std::max<int64_t>(dim, 1), &count) ||
        count > maxElements)
      return false;
  return true;
}

} // namespace

Expected<NpyHeader> readNpyHeader(std::span<const std::byte> bytes,
                                  const std::string &thing) {
  std::string_view text(reinterpret_cast<const char *>(bytes.data()),
                        bytes.size());
  if (!text.starts_with(magic) || text.size() < 10)
    return fail(thing, "is not a .npy array",
                "one starts with \"\\x93NUMPY\" and a version",
                "write it with np.save or np.savez");
  auto byteAt = [&](size_t i) { return size_t(uint8_t(text[i])); };
  size_t version = byteAt(6);
  if (version < 1 || version > 3)
    return fail(thing, fmt::format("has .npy version {}", version),
                "versions 1 to 3 are read", "write it again with np.save");
  // Version 1 has 16 bits for the length, the others 32.
  size_t start = version == 1 ? 10 : 12;
  if (text.size() < start)
    return fail(thing, "ends in its header", "", "write the file again");
  size_t length = byteAt(8) | byteAt(9) << 8;
  if (version > 1)
    length |= byteAt(10) << 16 | byteAt(11) << 24;
  if (length > text.size() - start)
    return fail(thing, fmt::format("has {} bytes", text.size()),
                fmt::format("its header alone has {}", length),
                "the file is cut off: write it again");
  NpyHeader header;
  header.headerBytes = start + length;
  if (!parseDictionary(text.substr(start, length), header))
    return fail(thing, "has a header that cannot be read",
                "it must name a plain element type, an order and a shape",
                "save a plain array of numbers with np.save");
  if (!isSane(header.shape))
    return fail(thing, fmt::format("has shape {}", formatShape(header.shape)),
                "no array is so large", "write the file again");
  return header;
}

} // namespace dlc::data
