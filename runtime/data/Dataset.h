// What a session trains on and what the readers make: arrays in memory, and
// inputs that are made as they are needed.
#pragma once

#include "runtime/core/Tensor.h"
#include "runtime/data/RowSource.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dlc {

/// Arrays by name, in the order in which they were given. Every array's first
/// dimension is the sample.
using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// The same for arrays that are not in memory.
using NamedRows =
    std::vector<std::pair<std::string, std::shared_ptr<const data::RowSource>>>;

/// A set of samples. Names are those of the model's inputs and outputs; a model
/// with one input or output takes any name.
struct Dataset {
  NamedTensors x;
  NamedTensors y;                     // empty for predict
  /// float32 [n], of all outputs; of one output as outputWeights has it.
  std::optional<Tensor> sampleWeight;
  /// Further inputs, made row by row.
  NamedRows xRows = {};
  /// What the numbers in y stand for, where they are classes with names. A
  /// target with a place for each class then gets them as one-hot rows, as
  /// Keras' class_mode "categorical" gives them.
  std::vector<std::string> classNames = {};
  /// How pictures became samples, as a JSON object that a trained model keeps,
  /// so that others are read as those were; empty for arrays.
  std::string pictureFormat = {};
  /// All that decides the samples, as a JSON object: what must be the same
  /// where a run goes on from its backup. Asked for then only; none where
  /// nothing but the number of samples is known.
  std::function<std::string()> origin = {};
  /// In place of sampleWeight, weights by the name of the output: float32 [n],
  /// or in the shape of the output's losses, as [n, steps] of a sequence. An
  /// output without any has ones.
  NamedTensors outputWeights = {};
  /// The number of samples, from the first array of x; 0 without one.
  int64_t size() const;
};

} // namespace dlc
