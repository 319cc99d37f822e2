// Writes numpy's .npy format.
#include "runtime/data/npy/Npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace dlc::data {

namespace {

/// The header, and as many bytes after it, to be filled from `start` on.
struct Written {
  std::vector<std::byte> bytes;
  size_t start = 0;
};

Written writeHeader(std::string_view descr, const Shape &shape,
                    size_t dataBytes) {
  std::string text =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}",
                  descr, formatShape(shape));
  // The elements start at a multiple of 64; a newline ends the header.
  size_t start = (10 + text.size() + 1 + 63) / 64 * 64;
  text.resize(start - 10 - 1, ' ');
  text += '\n';
  std::vector<std::byte> bytes(start + dataBytes);
  std::memcpy(bytes.data(), "\x93NUMPY\x01\x00", 8);
  uint16_t length = uint16_t(text.size());
  std::memcpy(bytes.data() + 8, &length, 2);
  std::memcpy(bytes.data() + 10, text.data(), text.size());
  return {std::move(bytes), start};
}

/// The code points of UTF-8; a byte that does not belong is U+FFFD.
std::u32string decodeUtf8(std::string_view text) {
  constexpr char32_t replacement = 0xfffd;
  // By length: what the first byte holds, and the least that needs so many.
  constexpr char32_t masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  std::u32string decoded;
  for (size_t i = 0; i < text.size();) {
    auto first = static_cast<unsigned char>(text[i]);
    size_t length = first < 0x80             ? 1
                    : (first & 0xe0) == 0xc0 ? 2
                    : (first & 0xf0) == 0xe0 ? 3
                    : (first & 0xf8) == 0xf0 ? 4
                                             : 0;
    char32_t point = first & masks[length];
    bool isWhole = length > 0 && i + length <= text.size();
    for (size_t k = 1; isWhole && k < length; ++k) {
      auto next = static_cast<unsigned char>(text[i + k]);
      isWhole = (next & 0xc0) == 0x80;
      point = point << 6 | (next & 0x3f);
    }
    bool isRight = isWhole && point >= least[length] && point <= 0x10ffff &&
                   !(point >= 0xd800 && point < 0xe000);
    decoded += isRight ? point : replacement;
    i += isRight ? length : 1;
  }
  return decoded;
}

} // namespace

std::vector<std::byte> writeNpy(const Tensor &tensor) {
  std::string_view descr = tensor.dtype() == DType::F32   ? "<f4"
                           : tensor.dtype() == DType::I32 ? "<i4"
                                                          : "|b1";
  Written written = writeHeader(descr, tensor.shape(), tensor.bytes());
  if (tensor.bytes() > 0)
    std::memcpy(written.bytes.data() + written.start, tensor.data(),
                tensor.bytes());
  return std::move(written.bytes);
}

std::vector<std::byte> writeNpy(const std::vector<std::string> &texts) {
  std::vector<std::u32string> decoded;
  size_t longest = 1;
  for (const std::string &text : texts) {
    decoded.push_back(decodeUtf8(text));
    longest = std::max(longest, decoded.back().size());
  }
  size_t textBytes = longest * sizeof(char32_t);
  Written written =
      writeHeader(fmt::format("<U{}", longest), {int64_t(texts.size())},
                  texts.size() * textBytes);
  std::byte *to = written.bytes.data() + written.start;
  for (const std::u32string &text : decoded) {
    std::memcpy(to, text.data(), text.size() * sizeof(char32_t));
    to += textBytes;
  }
  return std::move(written.bytes);
}

} // namespace dlc::data
