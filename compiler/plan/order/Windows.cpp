// The best order of a few neighbours, by dynamic programming over which of them
// have run: what is live depends on that set alone.
#include "compiler/plan/order/Orders.h"

#include <algorithm>
#include <bit>
#include <limits>

using namespace dlc::plan;

/// Tasks that are rearranged together, and how far apart the windows begin.
static constexpr size_t windowSize = 16, windowStep = 3;

/// Tasks that are tried next to a set, in all windows together: a few tenths of
/// a second.
static constexpr int64_t mostSteps = 8'000'000;

static constexpr int64_t unreached = std::numeric_limits<int64_t>::max();

namespace {

using Set = uint32_t; // of positions in the window

class Window {
public:
  /// Tasks [begin, begin + size) of an order of which the first have run.
  Window(const TaskGraph &graph, const Execution &execution, const Order &order,
         size_t begin, size_t size, int64_t &steps)
      : graph(graph), order(order), begin(begin), tasks(size), steps(steps) {
    std::vector<std::pair<unsigned, Set>> readers; // of a tensor, in here
    for (size_t i = 0; i < size; ++i)
      for (unsigned tensor : taskAt(i).reads)
        readers.push_back({tensor, Set(1) << i});
    std::ranges::sort(readers);
    auto readersOf = [&](unsigned tensor) {
      Set all = 0;
      for (auto at =
               std::ranges::lower_bound(readers, std::pair(tensor, Set(0)));
           at != readers.end() && at->first == tensor; ++at)
        all |= at->second;
      return all;
    };
    live = execution.countLive();
    for (size_t i = 0; i < size; ++i) {
      const TaskGraph::Task &task = taskAt(i);
      Entry &entry = tasks[i];
      for (size_t j = 0; j < size; ++j)
        if (std::ranges::count(task.after, order[begin + j]))
          entry.after |= Set(1) << j;
      entry.during = task.scratch;
      for (unsigned tensor : task.writes) {
        int64_t bytes = graph.tensors[tensor].bytes;
        entry.during += bytes;
        if (execution.countReaders(tensor) > 0 || graph.tensors[tensor].stays)
          entry.growth += bytes;
      }
      for (unsigned tensor : task.reads) {
        Set all = readersOf(tensor);
        if (!graph.tensors[tensor].stays &&
            execution.countReaders(tensor) == unsigned(std::popcount(all)))
          entry.mortal.push_back({tensor, all, graph.tensors[tensor].bytes});
      }
    }
  }

  /// The least peak of any order, if it is below `limit`.
  int64_t findPeak(int64_t limit) {
    return search(limit - 1, [](int64_t value, int64_t during, Set, size_t) {
      return std::max(value, during);
    });
  }

  /// The order of that peak or less with the fewest pairs turned round;
  /// findPeak has told that there is one.
  void rearrange(int64_t peak, Order &result) {
    search(peak, [](int64_t value, int64_t, Set done, size_t next) {
      Set earlier = (Set(1) << next) - 1;
      return value + std::popcount(earlier & ~done);
    });
    Set set = full();
    for (size_t i = tasks.size(); i-- > 0;) {
      result[begin + i] = order[begin + states[set].last];
      set &= ~(Set(1) << states[set].last);
    }
  }

private:
  struct Mortal {
    unsigned tensor;
    Set readers;
    int64_t bytes;
  };
  struct Entry {
    Set after = 0;
    int64_t during = 0, growth = 0;
    std::vector<Mortal> mortal; // reads that can die in here
  };
  struct State {
    int64_t value = unreached;
    int64_t live = 0;
    uint8_t last = 0;
  };

  const TaskGraph::Task &taskAt(size_t i) const {
    return graph.tasks[order[begin + i]];
  }
  Set full() const { return Set((uint64_t(1) << tasks.size()) - 1); }

  /// The least value of all orders in which no more than `limit` bytes are
  /// live.
  template <typename Extend> int64_t search(int64_t limit, Extend extend) {
    states.assign(size_t(1) << tasks.size(), State());
    states[0] = {0, live, 0};
    for (Set done = 0; done < full(); ++done) {
      if (states[done].value == unreached)
        continue;
      for (size_t next = 0; next < tasks.size(); ++next) {
        Set bit = Set(1) << next;
        const Entry &entry = tasks[next];
        if ((done & bit) || (entry.after & ~done))
          continue;
        --steps;
        auto [during, after] = price(next, done | bit);
        during += states[done].live;
        if (during > limit)
          continue;
        int64_t value = extend(states[done].value, during, done, next);
        State &state = states[done | bit];
        if (value < state.value)
          state = {value, states[done].live + after, uint8_t(next)};
      }
    }
    return states[full()].value;
  }

  Execution::Cost price(size_t next, Set done) const {
    const Entry &entry = tasks[next];
    Execution::Cost cost{entry.during, entry.growth};
    bool anyDies = false;
    for (const Mortal &mortal : entry.mortal)
      if ((mortal.readers & ~done) == 0) {
        cost.after -= mortal.bytes;
        anyDies = true;
      }
    if (!anyDies)
      return cost;
    // As Execution::price.
    std::vector<unsigned> placed, taken;
    for (auto [written, read] : taskAt(next).overwrites) {
      auto isRead = [&](const Mortal &mortal) {
        return mortal.tensor == read && (mortal.readers & ~done) == 0;
      };
      if (std::ranges::any_of(entry.mortal, isRead) &&
          std::ranges::count(placed, written) == 0 &&
          std::ranges::count(taken, read) == 0) {
        placed.push_back(written);
        taken.push_back(read);
        cost.during -= graph.tensors[written].bytes;
      }
    }
    return cost;
  }

  const TaskGraph &graph;
  const Order &order;
  size_t begin;
  std::vector<Entry> tasks;
  int64_t &steps;
  int64_t live = 0;
  std::vector<State> states;
};

/// Where an order has its peak, and the most that is live at each task.
struct Profile {
  Profile(const TaskGraph &graph, const Order &order) {
    Execution execution(graph);
    for (unsigned task : order)
      during.push_back(execution.run(task));
    at = std::ranges::max_element(during) - during.begin();
  }
  std::vector<int64_t> during;
  size_t at = 0;
};

} // namespace

/// One window with the peak in it that lowers it; false if there is none.
static bool improveOnce(const TaskGraph &graph, Order &order, int64_t &steps) {
  Profile profile(graph, order);
  int64_t peak = profile.during[profile.at];
  size_t size = std::min(windowSize, order.size());
  size_t first = profile.at + 1 > size ? profile.at + 1 - size : 0;
  size_t last = std::min(profile.at, order.size() - size);
  Execution execution(graph);
  for (size_t i = 0; i < first; ++i)
    execution.run(order[i]);
  for (size_t begin = first; begin <= last && steps > 0; ++begin) {
    if ((begin - first) % windowStep == 0 || begin == last) {
      Window window(graph, execution, order, begin, size, steps);
      int64_t least = window.findPeak(peak);
      if (least < peak) {
        int64_t elsewhere = 0; // lower than that is of no use
        for (size_t i = 0; i < order.size(); ++i)
          if (i < begin || i >= begin + size)
            elsewhere = std::max(elsewhere, profile.during[i]);
        Order improved = order;
        window.rearrange(std::max(least, std::min(elsewhere, peak - 1)),
                         improved);
        order = std::move(improved);
        return true;
      }
    }
    execution.run(order[begin]);
  }
  return false;
}

void dlc::plan::improveWindows(const TaskGraph &graph, Order &order) {
  int64_t steps = mostSteps;
  while (order.size() > 1 && steps > 0 && improveOnce(graph, order, steps))
    ;
}
