#include "runtime/image/Resize.h"

#include "runtime/core/Nearest.h"
#include "runtime/image/Resample.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace dlc::image {

namespace {

constexpr std::pair<std::string_view, Interpolation> interpolations[] = {
    {"nearest", Interpolation::Nearest}, {"bilinear", Interpolation::Bilinear},
    {"bicubic", Interpolation::Bicubic}, {"box", Interpolation::Box},
    {"hamming", Interpolation::Hamming}, {"lanczos", Interpolation::Lanczos},
};

/// The largest part in the middle with the target's ratio, by load_img's
/// arithmetic.
Box cropToRatio(const Picture &picture, int height, int width) {
  auto cropHeight = int(std::min<int64_t>(
      picture.height, int64_t(picture.width) * height / width));
  auto cropWidth = int(std::min<int64_t>(
      picture.width, int64_t(picture.height) * width / height));
  int top = (picture.height - cropHeight) / 2;
  int left = (picture.width - cropWidth) / 2;
  return {left, top, left + cropWidth, top + cropHeight};
}

/// The input that each output takes, -1 for none. PIL sums the places up, but
/// multiplies for deep pictures; the last bits differ, and at times the pixel.
std::vector<int> placeNearest(int begin, int end, int inputSize, int outputSize,
                              bool deep) {
  std::vector<int> places(size_t(outputSize), -1);
  const double step = double(end - begin) / outputSize;
  double sum = begin + step * 0.5;
  for (int i = 0; i < outputSize; ++i, sum += step) {
    const double at = deep ? step * (i + 0.5) + begin : sum;
    if (at >= 0 && at < inputSize)
      places[size_t(i)] = int(at);
  }
  return places;
}

template <int Channels, typename Level>
void pickNearest(const Level *in, int inWidth, Level *out,
                 const std::vector<int> &rows,
                 const std::vector<int> &columns) {
  for (int row : rows) {
    const Level *from =
        in + size_t(std::max(row, 0)) * size_t(inWidth) * Channels;
    for (int column : columns) {
      if (row >= 0 && column >= 0)
        std::copy_n(from + size_t(column) * Channels, Channels, out);
      out += Channels;
    }
  }
}

Picture resizeNearest(const Picture &picture, Box box, int height, int width) {
  const bool deep = picture.isDeep();
  auto rows = placeNearest(box.top, box.bottom, picture.height, height, deep);
  auto columns = placeNearest(box.left, box.right, picture.width, width, deep);
  Picture result{height, width, picture.channels, {}, {}};
  if (picture.isDeep()) {
    result.deepPixels.resize(result.count());
    pickNearest<1>(picture.deepPixels.data(), picture.width,
                   result.deepPixels.data(), rows, columns);
  } else {
    result.pixels.resize(result.count());
    auto pick = picture.channels == 1   ? pickNearest<1, uint8_t>
                : picture.channels == 3 ? pickNearest<3, uint8_t>
                                        : pickNearest<4, uint8_t>;
    pick(picture.pixels.data(), picture.width, result.pixels.data(), rows,
         columns);
  }
  return result;
}

/// a * b / 255, rounded.
uint8_t scaleBy(int a, int b) {
  int product = a * b + 128;
  return uint8_t(((product >> 8) + product) >> 8);
}

void multiplyByAlpha(Picture &picture) {
  for (size_t i = 0; i < picture.pixels.size(); i += 4)
    for (size_t c = 0; c < 3; ++c)
      picture.pixels[i + c] =
          scaleBy(picture.pixels[i + c], picture.pixels[i + 3]);
}

void divideByAlpha(Picture &picture) {
  for (size_t i = 0; i < picture.pixels.size(); i += 4) {
    const int alpha = picture.pixels[i + 3];
    if (alpha == 0 || alpha == 255)
      continue;
    for (size_t c = 0; c < 3; ++c)
      picture.pixels[i + c] =
          uint8_t(std::min(255 * picture.pixels[i + c] / alpha, 255));
  }
}

} // namespace

Expected<Interpolation> parseInterpolation(std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto &[known, interpolation] : interpolations) {
    if (known == name)
      return interpolation;
    names.push_back(known);
  }
  return fail("interpolation", fmt::format("is \"{}\"", name),
              fmt::format("it may be {}", fmt::join(names, ", ")),
              fmt::format("say \"{}\"", nearestName(name, names)));
}

std::string_view nameOf(Interpolation interpolation) {
  for (const auto &[name, known] : interpolations)
    if (known == interpolation)
      return name;
  return {};
}

Picture resize(Picture picture, int height, int width,
               Interpolation interpolation, bool keepAspectRatio) {
  if (picture.height == height && picture.width == width)
    return picture;
  Box box = keepAspectRatio ? cropToRatio(picture, height, width)
                            : Box{0, 0, picture.width, picture.height};
  if (interpolation == Interpolation::Nearest)
    return resizeNearest(picture, box, height, width);
  if (picture.channels != 4)
    return resample(picture, box, height, width, interpolation);
  multiplyByAlpha(picture);
  Picture result = resample(picture, box, height, width, interpolation);
  divideByAlpha(result);
  return result;
}

} // namespace dlc::image
