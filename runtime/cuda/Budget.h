// What an artifact takes of a GPU's memory, for the error when it does not fit.
#pragma once

#include "runtime/artifact/Artifact.h"

namespace dlc::cuda {

/// The bytes that the programs on "cuda" share. What the driver takes for
/// graphs is not in it: only the driver knows.
struct Budget {
  uint64_t states = 0, arena = 0, inputs = 0;

  uint64_t total() const { return states + arena + inputs; }
};
/// With inputs of `steps` steps at a launch.
Budget countMemory(const artifact::Manifest &manifest, int64_t steps = 1);

/// The largest batch that is expected to fit `available` bytes if the model is
/// compiled for it; 0 if none does. What depends on the batch is scaled, so a
/// plan made for that batch may differ a little.
int64_t estimateBatch(const artifact::Manifest &manifest, uint64_t available);

/// The most steps at a launch whose inputs fit; 0 if not one does.
int64_t estimateSteps(const artifact::Manifest &manifest, uint64_t available);

/// The layers whose tensors take most of the arena where it is fullest, most
/// first, with their bytes.
std::vector<std::pair<std::string, uint64_t>>
listLargestLayers(const artifact::Manifest &manifest, size_t count);

/// A GPU's memory when something does not fit. `available` is what the artifact
/// could have: free bytes and those that it holds.
struct MemoryState {
  std::string gpu;
  uint64_t available = 0, total = 0;
  int64_t steps = 1; // at a launch
};

/// "GPU "NAME": has 3.0 of 16.0 GiB free but batches of 256 need ...". `thing`
/// is what was asked for, and told if all that is counted here should fit.
Error explainMemory(const artifact::Manifest &manifest,
                    const MemoryState &memory, const std::string &thing);

} // namespace dlc::cuda
