// A decoded picture: whole grey levels, as an image file holds them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dlc::image {

/// Keras' color_mode: what a picture's channels are after decoding.
enum class ColorMode { Grayscale, Rgb, Rgba };

/// 1, 3 or 4.
constexpr int channelsOf(ColorMode mode) {
  switch (mode) {
  case ColorMode::Grayscale:
    return 1;
  case ColorMode::Rgb:
    return 3;
  case ColorMode::Rgba:
    return 4;
  }
  return 0;
}

/// Rows from the top, pixels from the left, channels innermost. One of the two
/// arrays holds height * width * channels levels, the other is empty.
struct Picture {
  int height = 0;
  int width = 0;
  int channels = 0;
  /// 0 to 255.
  std::vector<uint8_t> pixels;
  /// 0 to 65535: gray PNG files of 16 bits in grayscale, which Keras keeps.
  std::vector<uint16_t> deepPixels;

  bool isDeep() const { return !deepPixels.empty(); }
  size_t count() const { return size_t(height) * width * channels; }
};

/// Keras' img_to_array: the levels as floats in the same order, not scaled.
/// `floats` has picture.count() elements.
void toFloats(const Picture &picture, std::span<float> floats);

} // namespace dlc::image
