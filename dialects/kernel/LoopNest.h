// A kernel as loops over linear memory: what schedules and emitters work on.
#pragma once

#include "dialects/kernel/Kernel.h"

namespace dlc::kernel {

/// One loop of the nest: one dim of the space or several neighbours walked as
/// one.
struct Loop {
  /// Iterations; times the number of samples if it runs over the batch.
  int64_t trips = 1;
  bool timesBatch = false;
  bool reduced = false;
  /// The dims of the space that it covers: first to last.
  unsigned first = 0, last = 0;

  /// Iterations for a batch of n samples.
  int64_t countTrips(int64_t n) const { return timesBatch ? trips * n : trips; }
};

/// Where a tensor's element lies: offset + sum over loops of stride * position,
/// in elements.
struct Access {
  int64_t offset = 0;
  llvm::SmallVector<int64_t> strides;
};

struct LoopNest {
  llvm::SmallVector<Loop> loops;      // outermost first
  llvm::SmallVector<Access> accesses; // inputs, then outputs

  /// The loop that covers a dim, or nothing if the dim has one position.
  std::optional<unsigned> findLoop(unsigned dim) const;
  /// The loops before the first reduced one.
  unsigned countLeadingKept() const;
};

/// The loops of a kernel. Dims of one position vanish; neighbours that every
/// tensor walks contiguously and no kernel.index names become one loop, but
/// none reaches across the first `parallel` dims.
LoopNest buildLoopNest(FusedOp kernel, unsigned parallel = 0);

/// How many reductions a value of the region must wait for, one after another.
llvm::DenseMap<mlir::Value, unsigned> findLevels(FusedOp kernel);

/// Whether no reduction and no value per element waits for a reduction: one
/// walk over the space does it all.
bool needsOneWalk(FusedOp kernel);

/// Whether the nest is kept loops, reduced loops, then kept loops again, and
/// one walk over it does.
bool isColumnNest(FusedOp kernel, const LoopNest &nest);

} // namespace dlc::kernel
