// Pixels of files become pixels of a color mode: PIL's Image.convert.
#pragma once

#include "runtime/image/Picture.h"

namespace dlc::image {

/// How a file's pixels lie in memory, a byte a channel.
enum class PixelFormat {
  Gray,
  GrayAlpha,
  Rgb,
  Rgba,
  /// Four inks as Adobe writes them: 255 is none. Alpha is full.
  InvertedCmyk,
};

/// 1 to 4.
constexpr int bytesOf(PixelFormat format) {
  switch (format) {
  case PixelFormat::Gray:
    return 1;
  case PixelFormat::GrayAlpha:
    return 2;
  case PixelFormat::Rgb:
    return 3;
  case PixelFormat::Rgba:
  case PixelFormat::InvertedCmyk:
    return 4;
  }
  return 0;
}

/// `width` pixels of `in` as `mode` has them. Gray of colours is ITU-R 601's
/// luma, rounded; alpha is dropped where `mode` has none, without blending.
void convertRow(PixelFormat format, ColorMode mode, const uint8_t *in,
                uint8_t *out, int width);

/// The colours that the pixels of a picture name, black where a file has none.
struct Palette {
  Palette();

  uint8_t colors[256][4]; ///< red, green, blue, alpha
};

/// A palette's colours as `mode` has them, and rows of their indices.
class PaletteLookup {
public:
  PaletteLookup(const Palette &palette, ColorMode mode);

  void convertRow(const uint8_t *indices, uint8_t *out, int width) const;

private:
  int channels;
  uint8_t colors[256 * 4];
};

} // namespace dlc::image
