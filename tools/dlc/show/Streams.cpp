// Levels by what launches write and read, chains by streams and waits.
#include "tools/dlc/show/Streams.h"

#include <algorithm>
#include <map>

namespace dlc::tool {

namespace {

uint64_t countBytes(const artifact::Buffer &buffer, int64_t batch) {
  return uint64_t(countElements(buffer.shape, batch)) * sizeOf(buffer.dtype);
}

/// Whether two buffers share memory at this batch.
bool overlap(const artifact::Buffer &a, const artifact::Buffer &b,
             int64_t batch) {
  return a.region == b.region && a.offset < b.offset + countBytes(b, batch) &&
         b.offset < a.offset + countBytes(a, batch);
}

/// Whether `later` must wait for `earlier`: one writes what the other uses.
bool dependsOn(const artifact::Program &program, const artifact::Launch &later,
               const artifact::Launch &earlier, int64_t batch) {
  auto touches = [&](const std::vector<uint32_t> &as,
                     const std::vector<uint32_t> &bs) {
    return std::ranges::any_of(as, [&](uint32_t a) {
      return std::ranges::any_of(bs, [&](uint32_t b) {
        return overlap(program.buffers[a], program.buffers[b], batch);
      });
    });
  };
  return touches(later.operands, earlier.results) ||
         touches(later.results, earlier.results) ||
         touches(later.results, earlier.operands);
}

} // namespace

int64_t countBranches(const artifact::Program &program, int64_t batch) {
  std::vector<int64_t> level(program.launches.size(), 0);
  std::map<int64_t, int64_t> widths;
  int64_t widest = 0;
  for (size_t i = 0; i < level.size(); ++i) {
    for (size_t j = 0; j < i; ++j)
      if (level[j] >= level[i] &&
          dependsOn(program, program.launches[i], program.launches[j], batch))
        level[i] = level[j] + 1;
    widest = std::max(widest, ++widths[level[i]]);
  }
  return widest;
}

uint32_t countStreams(const artifact::Program &program) {
  uint32_t count = 0;
  for (const artifact::Launch &launch : program.launches)
    count = std::max(count, launch.stream + 1);
  return count;
}

double findCriticalPath(const artifact::Program &program,
                        const std::vector<double> &seconds) {
  std::vector<double> streams(countStreams(program)), ends;
  for (size_t i = 0; i < program.launches.size(); ++i) {
    const artifact::Launch &launch = program.launches[i];
    double start = streams[launch.stream];
    for (uint32_t other : launch.waits)
      start = std::max(start, ends[other]);
    ends.push_back(start + seconds[i]);
    streams[launch.stream] = ends.back();
  }
  return ends.empty() ? 0 : std::ranges::max(ends);
}

} // namespace dlc::tool
