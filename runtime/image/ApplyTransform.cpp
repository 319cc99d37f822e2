// Transforms applied to images of floats.
#include "runtime/image/Affine.h"
#include "runtime/image/Augment.h"

#include <algorithm>
#include <cmath>

namespace dlc::image {

namespace {

struct Range {
  float low, high;
};

Range findRange(std::span<const float> values) {
  auto [low, high] = std::ranges::minmax(values);
  return {low, high};
}

void shiftChannels(std::span<float> pixels, float intensity) {
  const Range range = findRange(pixels);
  for (float &level : pixels)
    level = std::clamp(level + intensity, range.low, range.high);
}

void flipHorizontally(const FloatImage &image) {
  const int channels = image.channels;
  for (int y = 0; y < image.height; ++y) {
    float *left = image.pixels.data() + size_t(y) * image.width * channels;
    float *right = left + size_t(image.width - 1) * channels;
    for (; left < right; left += channels, right -= channels)
      std::swap_ranges(left, left + channels, right);
  }
}

void flipVertically(const FloatImage &image) {
  const size_t rowFloats = size_t(image.width) * image.channels;
  for (int y = 0; y < image.height / 2; ++y) {
    float *upper = image.pixels.data() + y * rowFloats;
    float *lower = image.pixels.data() + (image.height - 1 - y) * rowFloats;
    std::swap_ranges(upper, upper + rowFloats, lower);
  }
}

/// PIL's ImageEnhance.Brightness of one level of 8 bits.
uint8_t brighten(uint8_t level, float brightness) {
  return uint8_t(std::clamp(brightness * float(level), 0.0f, 255.0f));
}

/// By way of 8 bits, as Keras does it: levels lose what is after the point, and
/// images that leave [0, 255] are stretched to it and back.
void changeBrightness(const FloatImage &image, float brightness) {
  const Range range = findRange(image.pixels);
  const bool stretch = range.low < 0 || range.high > 255;
  const float span = range.high - range.low;
  size_t channel = 0;
  for (float &level : image.pixels) {
    float scaled = level;
    if (stretch) {
      scaled -= range.low;
      if (span != 0)
        scaled /= span;
      scaled *= 255;
    }
    auto whole = uint8_t(scaled);
    // Alpha stays as it is.
    if (channel != 3)
      whole = brighten(whole, brightness);
    level = stretch ? float(whole) / 255 * span + range.low : float(whole);
    channel = channel + 1 == size_t(image.channels) ? 0 : channel + 1;
  }
}

} // namespace

void applyTransform(const Augmentation &augmentation,
                    const Transform &transform, FloatImage image) {
  if (image.pixels.empty())
    return;
  if (auto map = findMap(transform, image.height, image.width))
    applyMap(*map, augmentation.interpolationOrder, augmentation.fillMode,
             augmentation.cval, image);
  if (transform.channelShiftIntensity)
    shiftChannels(image.pixels, float(*transform.channelShiftIntensity));
  if (transform.flipHorizontal)
    flipHorizontally(image);
  if (transform.flipVertical)
    flipVertically(image);
  if (transform.brightness)
    changeBrightness(image, float(*transform.brightness));
}

void standardize(const Augmentation &augmentation, FloatImage image) {
  if (augmentation.rescale != 0)
    for (float &level : image.pixels)
      level *= float(augmentation.rescale);
  if (!augmentation.samplewiseCenter || image.pixels.empty())
    return;
  const auto count = double(image.pixels.size());
  double sum = 0;
  for (float level : image.pixels)
    sum += level;
  const auto mean = float(sum / count);
  for (float &level : image.pixels)
    level -= mean;
  if (!augmentation.samplewiseStdNormalization)
    return;
  double rest = 0, squares = 0;
  for (float level : image.pixels)
    rest += level;
  for (float level : image.pixels)
    squares += (level - rest / count) * (level - rest / count);
  const auto deviation = float(std::sqrt(squares / count));
  for (float &level : image.pixels)
    level /= deviation + 1e-6f;
}

} // namespace dlc::image
