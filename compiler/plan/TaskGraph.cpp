// Live bytes by counting the readers that are still to come.
#include "compiler/plan/TaskGraph.h"

#include <algorithm>

using namespace dlc::plan;

Execution::Execution(const TaskGraph &graph)
    : graph(&graph), readers(graph.tensors.size()) {
  std::vector<bool> isWritten(graph.tensors.size());
  for (const TaskGraph::Task &task : graph.tasks) {
    for (unsigned tensor : task.reads)
      ++readers[tensor];
    for (unsigned tensor : task.writes)
      isWritten[tensor] = true;
  }
  for (size_t i = 0; i < graph.tensors.size(); ++i)
    if (!isWritten[i] && (readers[i] > 0 || graph.tensors[i].stays))
      live += graph.tensors[i].bytes;
}

Execution::Cost Execution::price(unsigned number) const {
  const TaskGraph::Task &task = graph->tasks[number];
  Cost cost{task.scratch, 0};
  for (unsigned tensor : task.writes) {
    int64_t bytes = graph->tensors[tensor].bytes;
    cost.during += bytes;
    if (readers[tensor] > 0 || graph->tensors[tensor].stays)
      cost.after += bytes;
  }
  for (unsigned tensor : task.reads)
    if (diesAfter(tensor))
      cost.after -= graph->tensors[tensor].bytes;
  // Each in the place of the first that it may take; few, so no search.
  std::vector<unsigned> placed, taken;
  for (auto [written, read] : task.overwrites)
    if (diesAfter(read) && std::ranges::count(placed, written) == 0 &&
        std::ranges::count(taken, read) == 0) {
      placed.push_back(written);
      taken.push_back(read);
      cost.during -= graph->tensors[written].bytes;
    }
  return cost;
}

int64_t Execution::run(unsigned number) {
  Cost cost = price(number);
  int64_t most = live + cost.during;
  live += cost.after;
  for (unsigned tensor : graph->tasks[number].reads)
    --readers[tensor];
  return most;
}

int64_t dlc::plan::countPeak(const TaskGraph &graph, const Order &order) {
  Execution execution(graph);
  int64_t peak = execution.countLive();
  for (unsigned task : order)
    peak = std::max(peak, execution.run(task));
  return peak;
}

bool dlc::plan::isLegal(const TaskGraph &graph, const Order &order) {
  std::vector<bool> hasRun(graph.tasks.size());
  for (unsigned task : order) {
    if (hasRun[task])
      return false;
    for (unsigned before : graph.tasks[task].after)
      if (!hasRun[before])
        return false;
    hasRun[task] = true;
  }
  return order.size() == graph.tasks.size();
}
