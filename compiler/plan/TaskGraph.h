// The kernels of a step as its memory sees them: what an order of them costs.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace dlc::plan {

/// Tasks and tensors by number; the order of tasks by number is a legal one.
struct TaskGraph {
  struct Tensor {
    int64_t bytes = 0;
    /// Needed after the last task. Tensors that no task writes are there from
    /// the start.
    bool stays = false;
  };
  struct Task {
    std::vector<unsigned> reads = {}, writes = {}; // each tensor once
    std::vector<unsigned> after = {};              // tasks that must have run
    /// The first may be written over the second if nothing reads that later.
    std::vector<std::pair<unsigned, unsigned>> overwrites = {};
    int64_t scratch = 0;
  };
  std::vector<Tensor> tensors;
  std::vector<Task> tasks;
};

using Order = std::vector<unsigned>;

/// A run of tasks one after the other, and what is live meanwhile.
class Execution {
public:
  explicit Execution(const TaskGraph &graph);

  /// Bytes that running the task next would add to those that are live while
  /// it runs, and once it has.
  struct Cost {
    int64_t during = 0, after = 0;
  };
  Cost price(unsigned task) const;
  /// Returns the bytes that were live while it ran.
  int64_t run(unsigned task);

  int64_t countLive() const { return live; }
  /// Tasks still to run that read the tensor.
  unsigned countReaders(unsigned tensor) const { return readers[tensor]; }

private:
  bool diesAfter(unsigned tensor) const {
    return readers[tensor] == 1 && !graph->tensors[tensor].stays;
  }

  const TaskGraph *graph;
  std::vector<unsigned> readers;
  int64_t live = 0;
};

/// The most bytes that are live at once in an order.
int64_t countPeak(const TaskGraph &graph, const Order &order);

/// Whether each task comes once, after those it must come after.
bool isLegal(const TaskGraph &graph, const Order &order);

} // namespace dlc::plan
