// How far a picture in a zip archive may expand.
#include "runtime/data/images/zip/ZipLimits.h"
#include "runtime/image/Decode.h"

#include <algorithm>

namespace dlc::data {

namespace {

constexpr uint64_t maxPictureRatio = 100;

uint32_t read(std::span<const std::byte> head, size_t at, size_t bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < bytes; ++i)
    value |= uint32_t(head[at + i]) << 8 * i;
  return value;
}

/// What the pixels of a BMP file take, with room for headers, palette and color
/// profile; 0 for other files and for sizes that are not decoded.
uint64_t bmpBytes(std::span<const std::byte> head) {
  if (head.size() < zipHeadBytes || read(head, 0, 2) != 0x4d42)
    return 0;
  bool isOs2 = read(head, 14, 4) == 12; // numbers of 16 bits
  uint64_t width = isOs2 ? read(head, 18, 2) : read(head, 18, 4);
  uint64_t height = isOs2 ? read(head, 20, 2) : read(head, 22, 4);
  if (!isOs2 && height >> 24 == 0xff) // from the top: negative
    height = (uint64_t(1) << 32) - height;
  uint64_t bits = std::min(read(head, isOs2 ? 24 : 28, 2), 32u);
  if (width > image::maxSide || height > image::maxSide ||
      width * height > image::maxPixels)
    return 0;
  constexpr uint64_t aside = 1 << 20;
  uint64_t pixels = (width * bits + 31) / 32 * 4 * height;
  // At worst run lengths take two bytes for each.
  bool isPacked = !isOs2 && read(head, 30, 4) != 0;
  return aside + (isPacked ? 2 * pixels : pixels);
}

} // namespace

uint64_t maxInflatedBytes(std::span<const std::byte> head, uint64_t packed) {
  uint64_t byRatio = packed > UINT64_MAX / maxPictureRatio
                         ? UINT64_MAX
                         : packed * maxPictureRatio;
  return std::max({alwaysInflatedBytes, byRatio, bmpBytes(head)});
}

} // namespace dlc::data
