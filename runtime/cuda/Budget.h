// What an artifact takes of a GPU's memory, for the error when it does not fit.
#pragma once

#include "runtime/artifact/Artifact.h"

namespace dlc::cuda {

/// The bytes that the programs on "cuda" share.
struct Budget {
  uint64_t states = 0, arena = 0, inputs = 0;

  uint64_t total() const { return states + arena + inputs; }
};
Budget countMemory(const artifact::Manifest &manifest);

/// The largest batch that is expected to fit `available` bytes if the model is
/// compiled for it; 0 if none does. What depends on the batch is scaled, so a
/// plan made for that batch may differ a little.
int64_t estimateBatch(const artifact::Manifest &manifest, uint64_t available);

/// The layers whose tensors take most of the arena where it is fullest, most
/// first, with their bytes.
std::vector<std::pair<std::string, uint64_t>>
listLargestLayers(const artifact::Manifest &manifest, size_t count);

/// "GPU "NAME": has 3.0 of 16.0 GiB free but a batch of 256 needs ...".
Error explainMemory(const artifact::Manifest &manifest, const std::string &gpu,
                    uint64_t available, uint64_t total);

} // namespace dlc::cuda
