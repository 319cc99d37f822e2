// Copies an array in any dimension order to a dense one.
#pragma once

#include <cstdint>
#include <vector>

namespace dlc::host {

/// One loop of the copy, outermost first.
struct StridedLoop {
  int64_t size;
  int64_t stride; // of the source, in elements
};

/// to[i] = from[the i-th place of the loops]; `to` is dense. Runs on `threads`
/// threads and allocates nothing.
void copyStrided(const float *from, float *to,
                 const std::vector<StridedLoop> &loops, int threads);

} // namespace dlc::host
