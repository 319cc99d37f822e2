// List schedules; all ties go to the task with the lower number.
#include "compiler/plan/order/Orders.h"

#include <algorithm>
#include <numeric>
#include <set>

using namespace dlc::plan;

namespace {

/// Which tasks wait for which, and how many each still waits for.
class Frontier {
public:
  explicit Frontier(const TaskGraph &graph)
      : waiting(graph.tasks.size()), successors(graph.tasks.size()) {
    for (unsigned task = 0; task < graph.tasks.size(); ++task) {
      waiting[task] = graph.tasks[task].after.size();
      for (unsigned before : graph.tasks[task].after)
        successors[before].push_back(task);
      if (waiting[task] == 0)
        initial.push_back(task);
    }
  }

  /// Calls `onReady` with each task that waited for this one alone.
  template <typename OnReady> void finish(unsigned task, OnReady onReady) {
    for (unsigned successor : successors[task])
      if (--waiting[successor] == 0)
        onReady(successor);
  }

  std::vector<unsigned> waiting;
  std::vector<std::vector<unsigned>> successors;
  std::vector<unsigned> initial;
};

/// Which of the ready tasks comes next.
enum class Rule { Eager, Greedy, LeastPeakFirst };

/// Ready tasks by what they cost. A cost changes when the task becomes the last
/// reader of a tensor.
class PricedTasks {
public:
  PricedTasks(const TaskGraph &graph, Rule rule)
      : graph(graph), execution(graph), frontier(graph), rule(rule),
        costs(graph.tasks.size()), isReady(graph.tasks.size()),
        readersOf(graph.tensors.size()) {
    for (unsigned task = 0; task < graph.tasks.size(); ++task)
      for (unsigned tensor : graph.tasks[task].reads)
        readersOf[tensor].push_back(task);
    for (unsigned task : frontier.initial)
      insert(task);
  }

  Order run() {
    Order order;
    std::vector<bool> hasRun(graph.tasks.size());
    while (!byAfter.empty()) {
      unsigned task = choose();
      remove(task);
      hasRun[task] = true;
      order.push_back(task);
      peak = std::max(peak, execution.run(task));
      for (unsigned tensor : graph.tasks[task].reads)
        if (execution.countReaders(tensor) == 1) {
          auto last =
              std::ranges::find_if(readersOf[tensor], [&](unsigned reader) {
                return !hasRun[reader];
              });
          if (isReady[*last]) {
            remove(*last);
            insert(*last);
          }
        }
      frontier.finish(task, [&](unsigned ready) { insert(ready); });
    }
    return order;
  }

private:
  unsigned choose() const {
    if (rule == Rule::Eager && byAfter.begin()->first >= 0)
      return *byNumber.begin();
    if (rule == Rule::LeastPeakFirst) {
      for (auto [after, task] : byAfter)
        if (execution.countLive() + costs[task].during <= peak)
          return task;
      return byDuring.begin()->second;
    }
    return byAfter.begin()->second;
  }

  void insert(unsigned task) {
    costs[task] = execution.price(task);
    byAfter.insert({costs[task].after, task});
    byDuring.insert({costs[task].during, task});
    byNumber.insert(task);
    isReady[task] = true;
  }

  void remove(unsigned task) {
    byAfter.erase({costs[task].after, task});
    byDuring.erase({costs[task].during, task});
    byNumber.erase(task);
    isReady[task] = false;
  }

  const TaskGraph &graph;
  Execution execution;
  Frontier frontier;
  Rule rule;
  int64_t peak = 0;
  std::vector<Execution::Cost> costs;
  std::vector<bool> isReady;
  std::vector<std::vector<unsigned>> readersOf;
  std::set<std::pair<int64_t, unsigned>> byAfter, byDuring;
  std::set<unsigned> byNumber;
};

} // namespace

Order dlc::plan::orderEagerly(const TaskGraph &graph) {
  return PricedTasks(graph, Rule::Eager).run();
}

Order dlc::plan::orderGreedily(const TaskGraph &graph) {
  return PricedTasks(graph, Rule::Greedy).run();
}

Order dlc::plan::orderByLeastPeak(const TaskGraph &graph) {
  return PricedTasks(graph, Rule::LeastPeakFirst).run();
}

Order dlc::plan::orderDepthFirst(const TaskGraph &graph) {
  const size_t count = graph.tasks.size();
  Frontier frontier(graph);
  // The bytes that a task and all before it bring into being, roughly: what two
  // of them share counts twice, which only breaks ties differently.
  std::vector<double> weight(count);
  for (unsigned task = 0; task < count; ++task) {
    for (unsigned tensor : graph.tasks[task].writes)
      weight[task] += double(graph.tensors[tensor].bytes);
    for (unsigned before : graph.tasks[task].after)
      weight[task] += weight[before];
  }
  Order order;
  std::vector<bool> isVisited(count);
  for (unsigned root = 0; root < count; ++root) {
    if (!frontier.successors[root].empty())
      continue;
    // A task, and whether all before it are there.
    std::vector<std::pair<unsigned, bool>> open = {{root, false}};
    while (!open.empty()) {
      auto [task, isComplete] = open.back();
      open.pop_back();
      if (isComplete)
        order.push_back(task);
      if (isComplete || isVisited[task])
        continue;
      isVisited[task] = true;
      open.push_back({task, true});
      std::vector<unsigned> before = graph.tasks[task].after;
      std::ranges::sort(before, {}, [&](unsigned other) {
        return std::pair(weight[other], -int64_t(other));
      });
      for (unsigned other : before)
        open.push_back({other, false});
    }
  }
  return order;
}

Order dlc::plan::orderBreadthFirst(const TaskGraph &graph) {
  Frontier frontier(graph);
  Order order = frontier.initial;
  for (size_t i = 0; i < order.size(); ++i)
    frontier.finish(order[i], [&](unsigned task) { order.push_back(task); });
  return order;
}

Order dlc::plan::chooseOrder(const TaskGraph &graph) {
  Order best(graph.tasks.size());
  std::iota(best.begin(), best.end(), 0u);
  int64_t least = countPeak(graph, best);
  for (Order &order : std::vector<Order>{
           orderEagerly(graph), orderByLeastPeak(graph), orderGreedily(graph),
           orderDepthFirst(graph), orderBreadthFirst(graph)})
    if (int64_t peak = countPeak(graph, order);
        double(peak) < 0.99 * double(least)) {
      least = peak;
      best = std::move(order);
    }
  improveWindows(graph, best);
  return best;
}
