// Orders of tasks on random graphs: legal, counted right, and as low as can be.
#include "compiler/plan/order/Orders.h"
#include "compiler/plan/offsets/Packing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

using namespace dlc::plan;

namespace {

/// Tasks that read some of the tensors before them and write one or two.
TaskGraph makeRandom(unsigned seed, unsigned tasks) {
  std::mt19937 random(seed);
  TaskGraph graph;
  std::vector<int> writer; // of a tensor; -1 for an input
  auto addTensor = [&](int by) {
    graph.tensors.push_back({alignment * int64_t(1 + random() % 20), false});
    writer.push_back(by);
    return unsigned(graph.tensors.size() - 1);
  };
  addTensor(-1);
  addTensor(-1);
  for (unsigned task = 0; task < tasks; ++task) {
    TaskGraph::Task added;
    for (unsigned reads = 1 + random() % 3; reads > 0; --reads) {
      unsigned tensor = random() % graph.tensors.size();
      if (std::ranges::count(added.reads, tensor) == 0)
        added.reads.push_back(tensor);
    }
    for (unsigned tensor : added.reads)
      if (writer[tensor] >= 0 &&
          std::ranges::count(added.after, unsigned(writer[tensor])) == 0)
        added.after.push_back(writer[tensor]);
    for (unsigned writes = 1 + random() % 2; writes > 0; --writes) {
      unsigned tensor = addTensor(task);
      added.writes.push_back(tensor);
      unsigned over = added.reads[random() % added.reads.size()];
      if (random() % 2) {
        graph.tensors[tensor].bytes = graph.tensors[over].bytes;
        added.overwrites.push_back({tensor, over});
      }
    }
    added.scratch = random() % 4 ? 0 : alignment * int64_t(random() % 10);
    graph.tasks.push_back(std::move(added));
  }
  for (auto &tensor : graph.tensors)
    tensor.stays = random() % 8 == 0;
  return graph;
}

Order byNumber(const TaskGraph &graph) {
  Order order(graph.tasks.size());
  std::iota(order.begin(), order.end(), 0u);
  return order;
}

/// The least peak of all legal orders.
int64_t tryAllOrders(const TaskGraph &graph) {
  Order order = byNumber(graph);
  int64_t least = INT64_MAX;
  do
    if (isLegal(graph, order))
      least = std::min(least, countPeak(graph, order));
  while (std::ranges::next_permutation(order).found);
  return least;
}

/// The same count from lifetimes, for graphs that write nothing in place.
int64_t countByLifetimes(const TaskGraph &graph, const Order &order) {
  std::vector<Lifetime> lifetimes;
  for (const TaskGraph::Tensor &tensor : graph.tensors)
    lifetimes.push_back({0, 0, tensor.bytes});
  std::vector<bool> isUsed(graph.tensors.size());
  for (size_t time = 1; time <= order.size(); ++time) {
    const TaskGraph::Task &task = graph.tasks[order[time - 1]];
    for (unsigned tensor : task.writes)
      lifetimes[tensor].first = time;
    for (const auto *list : {&task.reads, &task.writes})
      for (unsigned tensor : *list) {
        lifetimes[tensor].last = time;
        isUsed[tensor] = true;
      }
    lifetimes.push_back({int64_t(time), int64_t(time), task.scratch});
  }
  for (size_t i = 0; i < graph.tensors.size(); ++i)
    if (graph.tensors[i].stays)
      lifetimes[i].last = order.size() + 1;
    else if (!isUsed[i])
      lifetimes[i].bytes = 0;
  return countMaxLive(lifetimes);
}

TEST(Orders, AreLegal) {
  for (unsigned seed = 0; seed < 15; ++seed) {
    TaskGraph graph = makeRandom(seed, 60);
    for (const Order &order :
         {orderEagerly(graph), orderGreedily(graph), orderByLeastPeak(graph),
          orderDepthFirst(graph), orderBreadthFirst(graph), chooseOrder(graph)})
      EXPECT_TRUE(isLegal(graph, order)) << "seed " << seed;
  }
}

TEST(Orders, AreNeverAboveThatByNumber) {
  for (unsigned seed = 0; seed < 15; ++seed) {
    TaskGraph graph = makeRandom(seed, 60);
    EXPECT_LE(countPeak(graph, chooseOrder(graph)),
              countPeak(graph, byNumber(graph)));
  }
}

TEST(Orders, CountWhatLifetimesSay) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    TaskGraph graph = makeRandom(seed, 40);
    for (TaskGraph::Task &task : graph.tasks)
      task.overwrites.clear();
    for (const Order &order : {byNumber(graph), orderDepthFirst(graph)})
      EXPECT_EQ(countPeak(graph, order), countByLifetimes(graph, order));
  }
}

TEST(Orders, WindowsAreExact) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    TaskGraph graph = makeRandom(seed, 7);
    Order order = byNumber(graph);
    improveWindows(graph, order);
    EXPECT_TRUE(isLegal(graph, order));
    EXPECT_EQ(countPeak(graph, order), tryAllOrders(graph)) << "seed " << seed;
  }
}

TEST(Orders, MoveNothingWithoutGain) {
  TaskGraph graph;
  graph.tensors.assign(5, {64, true});
  for (unsigned i = 0; i < 4; ++i)
    graph.tasks.push_back({.reads = {0}, .writes = {i + 1}});
  EXPECT_EQ(chooseOrder(graph), byNumber(graph));
}

TEST(Orders, FreeGradientsAsTheyCome) {
  // Tasks 0 to 9 make a gradient each, 10 to 19 use them up.
  TaskGraph graph;
  for (unsigned i = 0; i < 10; ++i) {
    graph.tensors.push_back({640, false});
    graph.tasks.push_back({.writes = {i}});
  }
  for (unsigned i = 0; i < 10; ++i)
    graph.tasks.push_back({.reads = {i}, .after = {i}});
  EXPECT_EQ(countPeak(graph, byNumber(graph)), 6400);
  EXPECT_EQ(countPeak(graph, chooseOrder(graph)), 640);
  EXPECT_EQ(countPeak(graph, orderEagerly(graph)), 640);
}

TEST(Orders, OfNothing) { EXPECT_TRUE(chooseOrder(TaskGraph()).empty()); }

} // namespace
