// How large a picture is, from its file's head.
#include "runtime/image/PictureSize.h"

#include <cstdlib>

namespace dlc::image {

namespace {

using Bytes = std::span<const std::byte>;

/// `bytes` of them from `at` on; 0 past the end.
uint64_t readBig(Bytes file, size_t at, size_t bytes) {
  if (at + bytes > file.size())
    return 0;
  uint64_t value = 0;
  for (std::byte byte : file.subspan(at, bytes))
    value = value << 8 | uint64_t(byte);
  return value;
}

uint64_t readLittle(Bytes file, size_t at, size_t bytes) {
  if (at + bytes > file.size())
    return 0;
  uint64_t value = 0;
  for (size_t i = bytes; i-- > 0;)
    value = value << 8 | uint64_t(file[at + i]);
  return value;
}

/// The frame header (SOF0 to SOF15, without DHT, JPG and DAC among them), which
/// other segments stand before.
uint64_t countInJpeg(Bytes file) {
  for (size_t at = 2; at + 9 <= file.size();) {
    if (file[at] != std::byte{0xff})
      return 0;
    uint64_t marker = readBig(file, at + 1, 1);
    if (marker == 0xff) { // fills
      ++at;
      continue;
    }
    bool isFrame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 &&
                   marker != 0xc8 && marker != 0xcc;
    if (isFrame)
      return readBig(file, at + 5, 2) * readBig(file, at + 7, 2);
    at += 2 + readBig(file, at + 2, 2);
  }
  return 0;
}

uint64_t countInBmp(Bytes file) {
  if (readLittle(file, 14, 4) == 12) // OS/2
    return readLittle(file, 18, 2) * readLittle(file, 20, 2);
  // The height is negative where rows go from the top.
  auto height = int32_t(readLittle(file, 22, 4));
  return readLittle(file, 18, 4) * uint64_t(std::abs(int64_t(height)));
}

} // namespace

uint64_t countPixels(Bytes file) {
  switch (readBig(file, 0, 2)) {
  case 0xffd8:
    return countInJpeg(file);
  case 0x8950: // \x89PNG
    return readBig(file, 16, 4) * readBig(file, 20, 4);
  case 0x4749: // GIF
    return readLittle(file, 6, 2) * readLittle(file, 8, 2);
  case 0x424d: // BM
    return countInBmp(file);
  default:
    return 0;
  }
}

} // namespace dlc::image
