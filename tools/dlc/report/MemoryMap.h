// When each tensor of a step lies where in the arena, and who holds its peak.
#pragma once

#include "runtime/artifact/Artifact.h"

#include <string>
#include <utility>
#include <vector>

namespace dlc::tool {

/// A tensor in the arena: a rectangle over launches and bytes.
struct Placement {
  /// "result 0 of train_k3", "input x", "scratch of train_k3".
  std::string name;
  /// The layers that the launch which makes it serves; of an input none.
  std::vector<std::string> layers;
  uint64_t offset = 0, bytes = 0; // at the largest batch
  /// The launches, counted from 0, during which it is held, both included.
  size_t first = 0, last = 0;
};

struct MemoryMap {
  std::vector<Placement> placements; // in the order in which they are made
  /// The first launch during which most bytes are held, and these.
  size_t peak = 0;
  uint64_t peakBytes = 0;

  /// What is held at the peak by whom, the most first: layers as launches name
  /// them, or the name of an input. A tensor of several layers counts for the
  /// first, as the kernel that makes it was formed around that.
  std::vector<std::pair<std::string, uint64_t>> listHolders() const;
};

/// A view is the tensor that it shows; a tensor that is written over another
/// one begins where the other ends.
MemoryMap mapMemory(const artifact::Program &program, int64_t maxBatch);

} // namespace dlc::tool
