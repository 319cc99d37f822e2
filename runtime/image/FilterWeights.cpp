#include "runtime/image/FilterWeights.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace dlc::image {

namespace {

constexpr double pi = std::numbers::pi;

double box(double x) { return x > -0.5 && x <= 0.5 ? 1 : 0; }

double triangle(double x) { return std::max(0.0, 1 - std::abs(x)); }

/// sin(pi x) / (pi x)
double sinc(double x) { return x == 0 ? 1 : std::sin(pi * x) / (pi * x); }

double hamming(double x) {
  x = std::abs(x);
  // PIL's coefficients are floats.
  return x >= 1 ? 0 : sinc(x) * (0.54f + 0.46f * std::cos(pi * x));
}

/// Keys' cubic convolution with a = -0.5.
double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2)
    return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

double lanczos(double x) {
  return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
}

struct Filter {
  double (*weigh)(double);
  double support; ///< it is 0 from here on
};

Filter choose(Interpolation interpolation) {
  switch (interpolation) {
  case Interpolation::Box:
    return {box, 0.5};
  case Interpolation::Hamming:
    return {hamming, 1};
  case Interpolation::Bicubic:
    return {cubic, 2};
  case Interpolation::Lanczos:
    return {lanczos, 3};
  default:
    return {triangle, 1};
  }
}

} // namespace

FilterWeights computeWeights(Interpolation interpolation, int inputSize,
                             int begin, int end, int outputSize) {
  const Filter filter = choose(interpolation);
  const double step = double(end - begin) / outputSize;
  const double stretch = std::max(step, 1.0);
  const double support = filter.support * stretch;
  FilterWeights result;
  result.stride = int(std::ceil(support)) * 2 + 1;
  result.starts.resize(size_t(outputSize));
  result.counts.resize(size_t(outputSize));
  result.weights.resize(size_t(outputSize) * size_t(result.stride));
  for (int i = 0; i < outputSize; ++i) {
    const double center = begin + (i + 0.5) * step;
    const int first = std::max(int(center - support + 0.5), 0);
    const int last = std::min(int(center + support + 0.5), inputSize);
    double *weights = result.weights.data() + size_t(i) * size_t(result.stride);
    double sum = 0;
    for (int k = 0; k < last - first; ++k) {
      weights[k] = filter.weigh((k + first - center + 0.5) / stretch);
      sum += weights[k];
    }
    if (sum != 0)
      for (int k = 0; k < last - first; ++k)
        weights[k] /= sum;
    result.starts[size_t(i)] = first;
    result.counts[size_t(i)] = last - first;
  }
  return result;
}

} // namespace dlc::image
