// A portfolio of orders: none is best on all graphs, and each is cheap.
#include "compiler/plan/offsets/Greedy.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>

using namespace dlc::plan;

/// Times that the top buffer is moved to the front.
static constexpr int mostRepairs = 200;

int64_t dlc::plan::packInOrder(std::vector<Lifetime> &lifetimes,
                               const std::vector<size_t> &order, Fit fit,
                               int64_t &steps) {
  int64_t arena = 0;
  std::vector<const Lifetime *> placed; // by rising offset
  placed.reserve(order.size());
  for (size_t index : order) {
    Lifetime &buffer = lifetimes[index];
    const int64_t bytes = align(buffer.bytes);
    int64_t top = 0, chosen = -1;
    int64_t least = std::numeric_limits<int64_t>::max();
    for (const Lifetime *other : placed) {
      if (!other->meets(buffer))
        continue;
      int64_t gap = other->offset - top;
      if (gap >= bytes && gap < least) {
        chosen = top;
        least = gap;
        if (fit == Fit::First)
          break;
      }
      top = std::max(top, other->offset + align(other->bytes));
    }
    steps -= int64_t(placed.size()) + 1;
    buffer.offset = chosen >= 0 ? chosen : top;
    arena = std::max(arena, buffer.offset + bytes);
    auto after = std::upper_bound(
        placed.begin(), placed.end(), buffer.offset,
        [](int64_t at, const Lifetime *other) { return at < other->offset; });
    placed.insert(after, &buffer);
  }
  return arena;
}

/// Indices by falling `key`; equal ones keep their order.
static std::vector<size_t>
sortBy(const std::vector<Lifetime> &lifetimes,
       const std::function<double(const Lifetime &)> &key) {
  std::vector<size_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::ranges::sort(order, {},
                    [&](size_t i) { return std::pair(-key(lifetimes[i]), i); });
  return order;
}

static std::vector<std::vector<size_t>>
listOrders(const std::vector<Lifetime> &lifetimes) {
  auto span = [](const Lifetime &l) { return double(l.last - l.first + 1); };
  return {
      sortBy(lifetimes, [](const Lifetime &l) { return double(l.bytes); }),
      sortBy(lifetimes,
             [&](const Lifetime &l) { return double(l.bytes) * span(l); }),
      sortBy(lifetimes, span),
      sortBy(lifetimes, [](const Lifetime &l) { return -double(l.first); }),
      sortBy(lifetimes, [](const Lifetime &l) { return double(l.last); }),
  };
}

int64_t dlc::plan::packGreedily(std::vector<Lifetime> &lifetimes, int64_t bound,
                                int64_t steps) {
  std::vector<Lifetime> best, trial = lifetimes;
  std::vector<size_t> bestOrder;
  Fit bestFit = Fit::First;
  int64_t least = std::numeric_limits<int64_t>::max();
  auto isDone = [&] { return least <= bound || (steps <= 0 && !best.empty()); };
  auto attempt = [&](const std::vector<size_t> &order, Fit fit) {
    int64_t arena = packInOrder(trial, order, fit, steps);
    if (arena < least) {
      least = arena;
      best = trial;
      bestOrder = order;
      bestFit = fit;
    }
    return arena;
  };
  for (Fit fit : {Fit::First, Fit::Best})
    for (const std::vector<size_t> &order : listOrders(lifetimes))
      if (!isDone())
        attempt(order, fit);

  std::vector<size_t> order = bestOrder;
  trial = best;
  for (int repair = 0; repair < mostRepairs && !isDone(); ++repair) {
    auto end = [&](size_t i) {
      return trial[i].offset + align(trial[i].bytes);
    };
    auto top = std::ranges::max_element(order, {}, end);
    std::rotate(order.begin(), top, top + 1);
    attempt(order, bestFit);
  }
  lifetimes = best;
  return least;
}
