// A translated kernel: what a launch needs.
#pragma once

#include "tools/ptx-sim/engine/Engine.h"
#include "tools/ptx-sim/engine/run/Site.h"

namespace ptxsim {

/// Where a variable lies in shared memory.
struct SharedVariable {
  size_t offset = 0;
  size_t bytes = 0;
};

/// Shared memory of a kernel: variables with gaps between them, so that an
/// index too large does not reach the next one.
struct SharedLayout {
  std::vector<SharedVariable> variables;
  size_t dynamicOffset = 0; // Where the dynamic part begins.
  /// The fewest bytes that an instruction accesses.
  unsigned granule = 4;
};

using KernelFunction = void (*)(ThreadState *);

struct KernelCode {
  KernelInfo info;
  SharedLayout shared;
  std::vector<Site> sites;
  unsigned rangeSlots = 0;
  /// True if threads may wait for each other: then each has a stack.
  bool waits = false;
  /// Variables of the module.
  const Ranges *variables = nullptr;
  KernelFunction function = nullptr;
};

} // namespace ptxsim
