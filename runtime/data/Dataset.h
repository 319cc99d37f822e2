// Samples in memory: what a session trains on and what the readers make.
#pragma once

#include "runtime/core/Tensor.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dlc {

/// Arrays by name, in the order in which they were given. Every array's first
/// dimension is the sample.
using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// A set of samples held in memory. Names are those of the model's inputs and
/// outputs; a model with one input or output takes any name.
struct Dataset {
  NamedTensors x;
  NamedTensors y;                     // empty for predict
  std::optional<Tensor> sampleWeight; // float32 [n]
  /// The number of samples, from the first array of x; 0 without one.
  int64_t size() const;
};

} // namespace dlc
