// What each layer of a model costs in a step: time, bytes, operations, memory.
#pragma once

#include "runtime/artifact/Artifact.h"

#include <string>
#include <vector>

namespace dlc::tool {

/// Of "Conv2D conv1" or "Adam conv1/kernel" what follows the class.
std::string_view pathOf(std::string_view layer);

/// A launch that serves several layers counts for each of them by an equal
/// share, which is how far its costs can be told apart.
struct LayerCost {
  /// "conv1", "outer/dense"; what has no layer, as a loss, by its own name.
  std::string layer;
  std::string kind; // its class, "Conv2D"
  std::vector<size_t> launches;
  double seconds = 0, bytes = 0, flops = 0;
  uint64_t stateBytes = 0; // weights and their optimizer state
  uint64_t peakBytes = 0;  // held in the arena where it is fullest
};

/// In the order in which the launches meet the layers. `seconds` has a time for
/// each launch.
std::vector<LayerCost> listLayerCosts(const artifact::Manifest &manifest,
                                      const artifact::Program &program,
                                      const std::vector<double> &seconds);

} // namespace dlc::tool
