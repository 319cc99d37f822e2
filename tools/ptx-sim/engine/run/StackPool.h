// Stacks that launches leave for the next ones: mapping them anew would cost
// more than a small launch.
#pragma once

#include "tools/ptx-sim/engine/run/Fiber.h"

#include <functional>
#include <memory>
#include <mutex>

namespace ptxsim {

/// Stacks that go back to the pool in the end.
using PooledStacks = std::unique_ptr<Stacks, std::function<void(Stacks *)>>;

class StackPool {
public:
  /// The process' own.
  static StackPool &shared();

  /// At least `count` stacks of `bytes` each; null if there is no memory.
  PooledStacks take(size_t count, size_t bytes);

private:
  void giveBack(std::unique_ptr<Stacks> stacks);

  std::mutex mutex;
  std::vector<std::unique_ptr<Stacks>> idle;
};

} // namespace ptxsim
