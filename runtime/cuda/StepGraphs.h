// A program's CUDA graphs, by number of samples and of steps.
#pragma once

#include "runtime/cuda/driver/Handles.h"

#include <functional>
#include <vector>

namespace dlc::cuda {

/// What a graph holds: `steps` steps on `n` samples each. One of several steps
/// reads the inputs of one slot; that of one step finds them in the arena.
struct Replay {
  int64_t n = 0, steps = 1;
  size_t slot = 0;

  bool operator==(const Replay &) const = default;
};

/// Captured once, when a number of samples comes for the second time, and
/// launched from then on. The graphs for the largest and the latest other
/// numbers are kept.
class StepGraphs {
public:
  /// Notes a run on `n` samples. Whether it is the first.
  bool begin(int64_t n);

  /// Launches a graph for a number of samples that has begun. If there is none,
  /// makes it before of what `enqueue` puts on the stream.
  Result launch(const Driver &driver, const Replay &replay, StreamHandle stream,
                const std::function<Result()> &enqueue);

  /// Forgets the graphs of several steps: they hold addresses of input slots.
  void dropSeveralSteps();

private:
  struct Made {
    Replay replay;
    GraphExec graph;
  };
  struct Batch {
    int64_t n = 0;
    uint64_t lastUse = 0;
    std::vector<Made> graphs;
  };
  void dropOldest();

  std::vector<Batch> batches;
  uint64_t uses = 0;
};

} // namespace dlc::cuda
