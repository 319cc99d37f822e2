// Greedy by size, first fit.
#include "compiler/plan/Packing.h"

#include <algorithm>
#include <map>
#include <numeric>

using namespace dlc::plan;

static int64_t align(int64_t bytes) {
  return (bytes + alignment - 1) / alignment * alignment;
}

int64_t dlc::plan::pack(std::vector<Lifetime> &lifetimes) {
  std::vector<size_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return lifetimes[a].bytes > lifetimes[b].bytes;
  });

  int64_t arena = 0;
  std::vector<const Lifetime *> placed; // by rising offset
  for (size_t index : order) {
    Lifetime &buffer = lifetimes[index];
    int64_t offset = 0;
    for (const Lifetime *other : placed) {
      if (other->first > buffer.last || other->last < buffer.first)
        continue;
      if (other->offset >= offset + align(buffer.bytes))
        break; // the gap before this one is large enough
      offset = std::max(offset, other->offset + align(other->bytes));
    }
    buffer.offset = offset;
    arena = std::max(arena, offset + align(buffer.bytes));
    auto after = std::upper_bound(
        placed.begin(), placed.end(), offset,
        [](int64_t at, const Lifetime *other) { return at < other->offset; });
    placed.insert(after, &buffer);
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
