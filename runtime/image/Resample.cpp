#include "runtime/image/Resample.h"

#include "runtime/image/FilterWeights.h"

#include <algorithm>

namespace dlc::image {

namespace {

// Weights of 8-bit levels are whole numbers, so that sums do not depend on
// their order: 22 bits after the point leave two for sums beyond 255 and below
// 0, and one for the sign.
constexpr int weightBits = 32 - 8 - 2;
constexpr int half = 1 << (weightBits - 1);

std::vector<int32_t> toFixed(const std::vector<double> &weights) {
  std::vector<int32_t> fixed(weights.size());
  std::ranges::transform(weights, fixed.begin(), [](double weight) {
    return int32_t(weight * (1 << weightBits) + (weight < 0 ? -0.5 : 0.5));
  });
  return fixed;
}

uint8_t toLevel(int32_t sum) {
  return uint8_t(std::clamp(sum >> weightBits, 0, 255));
}

template <int Channels>
void resampleRow(const uint8_t *in, uint8_t *out, const FilterWeights &filter,
                 const int32_t *weights) {
  for (int x = 0; x < filter.size(); ++x, weights += filter.stride) {
    const uint8_t *from = in + size_t(filter.starts[size_t(x)]) * Channels;
    const int count = filter.counts[size_t(x)];
    int32_t sums[Channels];
    std::fill_n(sums, Channels, half);
    for (int k = 0; k < count; ++k)
      for (int c = 0; c < Channels; ++c)
        sums[c] += from[k * Channels + c] * weights[k];
    for (int c = 0; c < Channels; ++c)
      *out++ = toLevel(sums[c]);
  }
}

/// Rows of `in` from `firstRow` on, in another width, as many as `out` has.
void resampleRows(const Picture &in, int firstRow, Picture &out,
                  const FilterWeights &filter) {
  const auto weights = toFixed(filter.weights);
  const size_t inBytes = size_t(in.width) * size_t(in.channels);
  const size_t outBytes = size_t(out.width) * size_t(out.channels);
  auto resampleOne = in.channels == 1   ? resampleRow<1>
                     : in.channels == 3 ? resampleRow<3>
                                        : resampleRow<4>;
  for (int y = 0; y < out.height; ++y)
    resampleOne(in.pixels.data() + size_t(y + firstRow) * inBytes,
                out.pixels.data() + size_t(y) * outBytes, filter,
                weights.data());
}

/// `in`, whose first row is row `firstRow` of what `filter` is for, in another
/// height.
void resampleColumns(const Picture &in, int firstRow, Picture &out,
                     const FilterWeights &filter) {
  const auto weights = toFixed(filter.weights);
  const size_t rowBytes = size_t(in.width) * size_t(in.channels);
  std::vector<int32_t> sums(rowBytes);
  for (int y = 0; y < out.height; ++y) {
    std::ranges::fill(sums, half);
    const int32_t *rowWeights =
        weights.data() + size_t(y) * size_t(filter.stride);
    const uint8_t *from =
        in.pixels.data() +
        size_t(filter.starts[size_t(y)] - firstRow) * rowBytes;
    for (int k = 0; k < filter.counts[size_t(y)]; ++k, from += rowBytes) {
      const int32_t weight = rowWeights[k];
      for (size_t i = 0; i < rowBytes; ++i)
        sums[i] += from[i] * weight;
    }
    uint8_t *to = out.pixels.data() + size_t(y) * rowBytes;
    for (size_t i = 0; i < rowBytes; ++i)
      to[i] = toLevel(sums[i]);
  }
}

/// One line of deep levels whose neighbours are `step` apart, in `in` and in
/// `out`.
void resampleDeepLine(const uint16_t *in, uint16_t *out, size_t step,
                      const FilterWeights &filter, int firstInput) {
  for (int i = 0; i < filter.size(); ++i) {
    const double *weights =
        filter.weights.data() + size_t(i) * size_t(filter.stride);
    const uint16_t *from =
        in + size_t(filter.starts[size_t(i)] - firstInput) * step;
    double sum = 0;
    for (int k = 0; k < filter.counts[size_t(i)]; ++k)
      sum += from[size_t(k) * step] * weights[k];
    out[size_t(i) * step] = uint16_t(std::clamp(sum + 0.5, 0.0, 65535.0));
  }
}

Picture makeLike(const Picture &picture, int height, int width) {
  Picture result{height, width, picture.channels, {}, {}};
  if (picture.isDeep())
    result.deepPixels.resize(result.count());
  else
    result.pixels.resize(result.count());
  return result;
}

/// `rows` rows from `firstRow` on, as wide as `filter` has outputs.
Picture changeWidth(const Picture &in, int firstRow, int rows,
                    const FilterWeights &filter) {
  Picture out = makeLike(in, rows, filter.size());
  if (!in.isDeep())
    resampleRows(in, firstRow, out, filter);
  else
    for (int y = 0; y < rows; ++y)
      resampleDeepLine(
          in.deepPixels.data() + size_t(y + firstRow) * size_t(in.width),
          out.deepPixels.data() + size_t(y) * size_t(out.width), 1, filter, 0);
  return out;
}

/// As high as `filter` has outputs; the first row of `in` is its `firstRow`.
Picture changeHeight(const Picture &in, int firstRow,
                     const FilterWeights &filter) {
  Picture out = makeLike(in, filter.size(), in.width);
  if (!in.isDeep())
    resampleColumns(in, firstRow, out, filter);
  else
    for (int x = 0; x < in.width; ++x)
      resampleDeepLine(in.deepPixels.data() + x, out.deepPixels.data() + x,
                       size_t(in.width), filter, firstRow);
  return out;
}

/// Whether the columns are made shorter before the rows, which PIL's results
/// show: levels are rounded in between.
bool startsWithHeight(const Picture &picture, int height, int width) {
  return height < picture.height &&
         picture.height - height > 2 * (picture.width - width);
}

} // namespace

Picture resample(const Picture &picture, Box box, int height, int width,
                 Interpolation interpolation) {
  const bool newWidth =
      width != picture.width || box.left != 0 || box.right != picture.width;
  const bool newHeight =
      height != picture.height || box.top != 0 || box.bottom != picture.height;
  const auto horizontal =
      computeWeights(interpolation, picture.width, box.left, box.right, width);
  const auto vertical = computeWeights(interpolation, picture.height, box.top,
                                       box.bottom, height);
  if (!newHeight)
    return newWidth ? changeWidth(picture, 0, height, horizontal) : picture;
  if (!newWidth)
    return changeHeight(picture, 0, vertical);
  if (startsWithHeight(picture, height, width))
    return changeWidth(changeHeight(picture, 0, vertical), 0, height,
                       horizontal);
  // Only the rows that the second pass reads are made by the first.
  const int firstRow = vertical.starts.front();
  const int rows = vertical.starts.back() + vertical.counts.back() - firstRow;
  return changeHeight(changeWidth(picture, firstRow, rows, horizontal),
                      firstRow, vertical);
}

} // namespace dlc::image
