#include "runtime/image/formats/ConvertRow.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace dlc::image {

namespace {

struct Color {
  uint8_t red, green, blue, alpha;
};

/// (299 R + 587 G + 114 B) / 1000 in 16 bits after the point. Of equal levels
/// it is the level.
uint8_t luma(Color color) {
  return uint8_t(
      (color.red * 19595 + color.green * 38470 + color.blue * 7471 + 0x8000) >>
      16);
}

/// a * b / 255, rounded.
int scaleBy(int a, int b) {
  int product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

template <PixelFormat Format> Color load(const uint8_t *in) {
  if constexpr (Format == PixelFormat::Gray)
    return {in[0], in[0], in[0], 255};
  else if constexpr (Format == PixelFormat::GrayAlpha)
    return {in[0], in[0], in[0], in[1]};
  else if constexpr (Format == PixelFormat::Rgb)
    return {in[0], in[1], in[2], 255};
  else if constexpr (Format == PixelFormat::Rgba)
    return {in[0], in[1], in[2], in[3]};
  else {
    // light = paper that black leaves, less what each ink takes of it
    int light = in[3];
    auto left = [&](uint8_t inverted) {
      return uint8_t(std::max(light - scaleBy(255 - inverted, light), 0));
    };
    return {left(in[0]), left(in[1]), left(in[2]), 255};
  }
}

template <ColorMode Mode> void store(Color color, uint8_t *out) {
  if constexpr (Mode == ColorMode::Grayscale) {
    out[0] = luma(color);
  } else {
    out[0] = color.red;
    out[1] = color.green;
    out[2] = color.blue;
    if constexpr (Mode == ColorMode::Rgba)
      out[3] = color.alpha;
  }
}

template <PixelFormat Format, ColorMode Mode>
void convert(const uint8_t *in, uint8_t *out, int width) {
  constexpr int from = bytesOf(Format), to = channelsOf(Mode);
  for (int x = 0; x < width; ++x)
    store<Mode>(load<Format>(in + x * from), out + x * to);
}

template <PixelFormat Format>
void convertFrom(ColorMode mode, const uint8_t *in, uint8_t *out, int width) {
  // The layouts that are alike need no arithmetic.
  if (bytesOf(Format) == channelsOf(mode) &&
      Format != PixelFormat::InvertedCmyk) {
    std::memcpy(out, in, size_t(width) * bytesOf(Format));
    return;
  }
  switch (mode) {
  case ColorMode::Grayscale:
    return convert<Format, ColorMode::Grayscale>(in, out, width);
  case ColorMode::Rgb:
    return convert<Format, ColorMode::Rgb>(in, out, width);
  case ColorMode::Rgba:
    return convert<Format, ColorMode::Rgba>(in, out, width);
  }
}

} // namespace

void convertRow(PixelFormat format, ColorMode mode, const uint8_t *in,
                uint8_t *out, int width) {
  switch (format) {
  case PixelFormat::Gray:
    return convertFrom<PixelFormat::Gray>(mode, in, out, width);
  case PixelFormat::GrayAlpha:
    return convertFrom<PixelFormat::GrayAlpha>(mode, in, out, width);
  case PixelFormat::Rgb:
    return convertFrom<PixelFormat::Rgb>(mode, in, out, width);
  case PixelFormat::Rgba:
    return convertFrom<PixelFormat::Rgba>(mode, in, out, width);
  case PixelFormat::InvertedCmyk:
    return convertFrom<PixelFormat::InvertedCmyk>(mode, in, out, width);
  }
}

Palette::Palette() {
  for (auto &color : colors) {
    color[0] = color[1] = color[2] = 0;
    color[3] = 255;
  }
}

PaletteLookup::PaletteLookup(const Palette &palette, ColorMode mode)
    : channels(channelsOf(mode)) {
  image::convertRow(PixelFormat::Rgba, mode, palette.colors[0], colors, 256);
}

void PaletteLookup::convertRow(const uint8_t *indices, uint8_t *out,
                               int width) const {
  auto convert = [&](auto count) {
    for (int x = 0; x < width; ++x, out += count)
      std::memcpy(out, colors + indices[x] * count, count);
  };
  // Counts that the compiler knows make the copies single moves.
  if (channels == 1)
    convert(std::integral_constant<int, 1>());
  else if (channels == 3)
    convert(std::integral_constant<int, 3>());
  else
    convert(std::integral_constant<int, 4>());
}

} // namespace dlc::image
