// What never lives together is packed apart; then greedy orders, then search.
#include "compiler/plan/offsets/Packing.h"
#include "compiler/plan/offsets/Exact.h"
#include "compiler/plan/offsets/Greedy.h"

#include <algorithm>
#include <map>
#include <numeric>

using namespace dlc::plan;

/// Comparisons of two buffers: some hundredths of a second.
static constexpr int64_t greedySteps = 20'000'000;

/// Visits of a buffer or a launch in one search: the same.
static constexpr int64_t exactSteps = 4'000'000;

/// With more buffers a search comes to no end.
static constexpr size_t mostExact = 400;

/// Heights that are searched, in parts of the way from the bound to what greedy
/// packing reached.
static constexpr int64_t heights = 4;

static void searchBelow(std::vector<Lifetime> &part, int64_t bound,
                        int64_t &arena) {
  for (int64_t i = 0; i < heights; ++i) {
    int64_t capacity = align(bound + (arena - bound) * i / heights);
    if (capacity >= arena)
      return;
    if (packExactly(part, capacity, exactSteps)) {
      arena = capacity;
      return;
    }
  }
}

/// Indices by rising first launch, cut where all before have died.
static std::vector<std::vector<size_t>>
cutInTime(const std::vector<Lifetime> &lifetimes) {
  std::vector<size_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::ranges::sort(order, {},
                    [&](size_t i) { return std::pair(lifetimes[i].first, i); });
  std::vector<std::vector<size_t>> parts;
  int64_t end = 0;
  for (size_t i : order) {
    if (lifetimes[i].bytes == 0)
      continue; // lies anywhere
    if (parts.empty() || lifetimes[i].first > end)
      parts.emplace_back();
    parts.back().push_back(i);
    end = std::max(end, lifetimes[i].last);
  }
  return parts;
}

int64_t dlc::plan::pack(std::vector<Lifetime> &lifetimes) {
  int64_t arena = 0, bound = countMaxLive(lifetimes);
  for (const std::vector<size_t> &indices : cutInTime(lifetimes)) {
    std::vector<Lifetime> part;
    for (size_t i : indices)
      part.push_back(lifetimes[i]);
    int64_t bytes = packGreedily(part, bound, greedySteps);
    if (bytes > bound && part.size() <= mostExact)
      searchBelow(part, bound, bytes);
    for (size_t i = 0; i < part.size(); ++i)
      lifetimes[indices[i]].offset = part[i].offset;
    arena = std::max(arena, bytes);
  }
  return arena;
}

int64_t dlc::plan::countMaxLive(const std::vector<Lifetime> &lifetimes) {
  std::map<int64_t, int64_t> change; // at a launch, in live bytes
  for (const Lifetime &buffer : lifetimes) {
    change[buffer.first] += align(buffer.bytes);
    change[buffer.last + 1] -= align(buffer.bytes);
  }
  int64_t live = 0, most = 0;
  for (auto [launch, bytes] : change)
    most = std::max(most, live += bytes);
  return most;
}
