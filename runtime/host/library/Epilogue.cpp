// What follows a product in place where oneDNN cannot do it.
#include "runtime/host/library/Epilogue.h"

#include "runtime/host/Parallel.h"

namespace dlc::host {

/// Elements that one thread is worth waking for.
constexpr int64_t grain = 4096;

std::function<void()> makeEpilogue(const Argument &argument, const float *bias,
                                   bool relu, int threads) {
  float *y = reinterpret_cast<float *>(argument.data);
  int64_t size = countElements(argument.shape);
  if (!bias)
    return [=] {
      parallelFor(threads, size, grain, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i)
          y[i] = y[i] <= 0 ? 0.0f : y[i];
      });
    };
  int64_t width = argument.shape.empty() ? 1 : argument.shape.back();
  int64_t rows = width ? size / width : 0;
  int64_t rowGrain = std::max<int64_t>(1, grain / std::max<int64_t>(1, width));
  return [=] {
    parallelFor(threads, rows, rowGrain, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row)
        for (int64_t i = 0; i < width; ++i) {
          float value = y[row * width + i] + bias[i];
          y[row * width + i] = relu && value <= 0 ? 0.0f : value;
        }
    });
  };
}

} // namespace dlc::host
