// Loops over OpenMP threads, cut statically so that the same number of threads
// gives the same bits.
#pragma once

#include <algorithm>
#include <cstdint>

#include <omp.h>

namespace dlc::host {

/// Part `index` of `parts` of [0, extent): contiguous, in order.
struct Share {
  int64_t begin, end;
};
inline Share shareOf(int64_t extent, int64_t parts, int64_t index,
                     int64_t grain) {
  int64_t grains = (extent + grain - 1) / grain;
  auto cut = [&](int64_t part) {
    return std::min(extent, grains * part / parts * grain);
  };
  return {cut(index), cut(index + 1)};
}

/// Calls body(begin, end) on `threads` threads with disjoint ranges that cover
/// [0, extent) and start at multiples of `grain`.
template <typename Body>
void parallelFor(int threads, int64_t extent, int64_t grain, Body &&body) {
  if (threads <= 1 || extent <= grain) {
    if (extent > 0)
      body(int64_t(0), extent);
    return;
  }
#pragma omp parallel num_threads(threads)
  {
    Share share =
        shareOf(extent, omp_get_num_threads(), omp_get_thread_num(), grain);
    if (share.begin < share.end)
      body(share.begin, share.end);
  }
}

/// Lets oneDNN, which asks OpenMP for the number of threads, see `threads` for
/// as long as the guard lives.
class ThreadCount {
public:
  explicit ThreadCount(int threads) : before(omp_get_max_threads()) {
    omp_set_num_threads(threads);
  }
  ~ThreadCount() { omp_set_num_threads(before); }
  ThreadCount(const ThreadCount &) = delete;
  ThreadCount &operator=(const ThreadCount &) = delete;

private:
  int before;
};

} // namespace dlc::host
