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

/// As many threads as are asked for, one a core where none are, and no more
/// than OMP_THREAD_LIMIT lets start: oneDNN shares its work out to as many as
/// it is told of, and what those that are not there should do is left undone.
inline int limitThreads(int asked) {
  int threads = asked > 0 ? asked : omp_get_num_procs();
  return std::max(1, std::min(threads, omp_get_thread_limit()));
}

/// Lets oneDNN, which asks OpenMP for the number of threads, see `threads` for
/// as long as the guard lives, and OpenMP start as many whatever OMP_DYNAMIC
/// is.
class ThreadCount {
public:
  explicit ThreadCount(int threads)
      : before(omp_get_max_threads()), dynamic(omp_get_dynamic()) {
    omp_set_dynamic(0);
    omp_set_num_threads(threads);
  }
  ~ThreadCount() {
    omp_set_num_threads(before);
    omp_set_dynamic(dynamic);
  }
  ThreadCount(const ThreadCount &) = delete;
  ThreadCount &operator=(const ThreadCount &) = delete;

private:
  int before, dynamic;
};

} // namespace dlc::host
