#include "runtime/image/Affine.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace dlc::image {

namespace {

using Matrix3 = std::array<std::array<double, 3>, 3>;

constexpr Matrix3 identity = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};

Matrix3 multiply(const Matrix3 &a, const Matrix3 &b) {
  Matrix3 product = {};
  for (size_t i = 0; i < 3; ++i)
    for (size_t j = 0; j < 3; ++j)
      product[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j];
  return product;
}

double radians(double degrees) { return degrees * (std::numbers::pi / 180); }

/// A coordinate brought into [0, size - 1], or, for Reflect, into
/// (-1, size), half a pixel's width beyond which the edge pixel reaches.
/// Below -1: outside, with Constant.
double bringInside(double at, int size, FillMode mode) {
  if (at >= 0 && at <= size - 1)
    return at;
  if (mode == FillMode::Constant)
    return -2;
  if (size <= 1)
    return 0;
  switch (mode) {
  case FillMode::Nearest:
    return at < 0 ? 0 : size - 1;
  case FillMode::Wrap: {
    // The last pixel is the first again: the period is one less than the size.
    const double period = size - 1;
    return at < 0 ? at + period * (std::trunc(-at / period) + 1)
                  : at - period * std::trunc(at / period);
  }
  default: {
    const double period = 2.0 * size;
    if (at < 0) {
      if (at < -period)
        at += period * std::trunc(-at / period);
      // Not exactly -1, which would be outside.
      return at < -size ? at + period : (at > -1e-15 ? 1e-15 : -at) - 1;
    }
    at -= period * std::trunc(at / period);
    return at >= size ? period - at - 1 : at;
  }
  }
}

/// The two pixels along one axis that make the output, and the second's weight;
/// with order 0 both are the nearest.
struct Neighbors {
  int first, second;
  double weight;
};

Neighbors findNeighbors(double at, int size, int order) {
  const double first = std::floor(order == 1 ? at : at + 0.5);
  auto clamp = [&](double index) {
    return int(std::clamp(index, 0.0, double(size - 1)));
  };
  if (order == 0)
    return {clamp(first), clamp(first), 0};
  return {clamp(first), clamp(first + 1), at - first};
}

template <int Channels>
void applyTo(const AffineMap &map, int order, FillMode fillMode, float cval,
             const FloatImage &image, const float *in) {
  const auto &m = map.matrix;
  const size_t rowFloats = size_t(image.width) * Channels;
  float *out = image.pixels.data();
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x, out += Channels) {
      // In scipy's order of additions, which decides what is outside.
      const double row = bringInside(map.offset[0] + y * m[0][0] + x * m[0][1],
                                     image.height, fillMode);
      const double column = bringInside(
          map.offset[1] + y * m[1][0] + x * m[1][1], image.width, fillMode);
      if (row <= -1 || column <= -1) {
        std::fill_n(out, Channels, cval);
        continue;
      }
      const Neighbors v = findNeighbors(row, image.height, order);
      const Neighbors h = findNeighbors(column, image.width, order);
      const float *upper = in + size_t(v.first) * rowFloats;
      const float *lower = in + size_t(v.second) * rowFloats;
      const size_t left = size_t(h.first) * Channels,
                   right = size_t(h.second) * Channels;
      for (int c = 0; c < Channels; ++c)
        out[c] = float(upper[left + c] * (1 - v.weight) * (1 - h.weight) +
                       upper[right + c] * (1 - v.weight) * h.weight +
                       lower[left + c] * v.weight * (1 - h.weight) +
                       lower[right + c] * v.weight * h.weight);
    }
}

} // namespace

std::optional<AffineMap> findMap(const Transform &transform, int height,
                                 int width) {
  Matrix3 matrix = identity;
  bool any = false;
  auto append = [&](const Matrix3 &next) {
    matrix = any ? multiply(matrix, next) : next;
    any = true;
  };
  if (transform.theta != 0) {
    const double angle = radians(transform.theta);
    const double sine = std::sin(angle), cosine = std::cos(angle);
    append({{{cosine, -sine, 0}, {sine, cosine, 0}, {0, 0, 1}}});
  }
  if (transform.tx != 0 || transform.ty != 0)
    append({{{1, 0, transform.tx}, {0, 1, transform.ty}, {0, 0, 1}}});
  if (transform.shear != 0) {
    const double angle = radians(transform.shear);
    append({{{1, -std::sin(angle), 0}, {0, std::cos(angle), 0}, {0, 0, 1}}});
  }
  if (transform.zx != 1 || transform.zy != 1)
    append({{{transform.zx, 0, 0}, {0, transform.zy, 0}, {0, 0, 1}}});
  if (!any)
    return std::nullopt;

  const double x = double(height) / 2 - 0.5, y = double(width) / 2 - 0.5;
  matrix = multiply(multiply({{{1, 0, x}, {0, 1, y}, {0, 0, 1}}}, matrix),
                    {{{1, 0, -x}, {0, 1, -y}, {0, 0, 1}}});
  // Keras builds it for columns before rows and swaps both axes, but not the
  // middle, which it took of rows before columns: its results need this.
  AffineMap map;
  map.matrix = {{{matrix[1][1], matrix[1][0]}, {matrix[0][1], matrix[0][0]}}};
  map.offset = {matrix[1][2], matrix[0][2]};
  return map;
}

void applyMap(const AffineMap &map, int order, FillMode fillMode, double cval,
              FloatImage image) {
  const std::vector<float> in(image.pixels.begin(), image.pixels.end());
  auto apply = image.channels == 1   ? applyTo<1>
               : image.channels == 3 ? applyTo<3>
                                     : applyTo<4>;
  apply(map, order, fillMode, float(cval), image, in.data());
}

} // namespace dlc::image
