// A program's CUDA graphs, one for each number of samples.
#pragma once

#include "runtime/cuda/Launches.h"

#include <vector>

namespace dlc::cuda {

/// Captured once, when a number of samples comes for the second time, and
/// launched from then on. The largest and the latest others are kept.
class StepGraphs {
public:
  /// Notes a run on `n` samples. Whether it is the first.
  bool begin(int64_t n);

  /// Launches the graph for `n`, which has begun, and makes it before if there
  /// is none.
  Result launch(const Driver &driver, const Launches &launches, int64_t n,
                StreamHandle stream);

private:
  struct Batch {
    int64_t n = 0;
    uint64_t lastUse = 0;
    GraphExec graph;
  };
  void dropOldest();

  std::vector<Batch> batches;
  uint64_t uses = 0;
};

} // namespace dlc::cuda
