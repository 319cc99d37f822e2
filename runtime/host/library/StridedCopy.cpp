// Copies an array in any dimension order to a dense one.
#include "runtime/host/library/StridedCopy.h"

#include "runtime/host/Parallel.h"

namespace dlc::host {

void copyStrided(const float *from, float *to,
                 const std::vector<StridedLoop> &loops, int threads) {
  if (loops.empty()) {
    *to = *from;
    return;
  }
  StridedLoop inner = loops.back();
  size_t outer = loops.size() - 1;
  int64_t rows = 1;
  for (size_t i = 0; i < outer; ++i)
    rows *= loops[i].size;
  int64_t grain = std::max<int64_t>(1, 4096 / std::max<int64_t>(1, inner.size));
  parallelFor(threads, rows, grain, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      int64_t rest = row, place = 0;
      for (size_t i = outer; i-- > 0;) {
        place += rest % loops[i].size * loops[i].stride;
        rest /= loops[i].size;
      }
      const float *source = from + place;
      float *target = to + row * inner.size;
      for (int64_t i = 0; i < inner.size; ++i)
        target[i] = source[i * inner.stride];
    }
  });
}

} // namespace dlc::host
