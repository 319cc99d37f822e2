// A Keras model's config in one form, whatever version of Keras wrote it.
#pragma once

#include "compiler/import/config/Json.h"

#include <map>
#include <set>
#include <vector>

namespace dlc::importer {

/// A tensor by what made it: the layer, which of its calls, which result.
struct TensorRef {
  std::string layer;
  int64_t call = 0;
  int64_t result = 0;
};

/// One call of a layer. `args` and `kwargs` hold tensors as {"tensor": i}, an
/// index into `tensors`.
struct Call {
  std::vector<TensorRef> tensors;
  Json args = Json::array();
  Json kwargs = Json::object();
};

/// One entry of config.layers.
struct LayerEntry {
  std::string name;
  std::string module; // "" in old files
  std::string className;
  Json object; // the whole entry
  std::vector<Call> calls;

  const Json &config() const;
  /// Whether it is a model used as a layer.
  bool isModel() const;
  /// Whether it is a function of keras.ops.
  bool isFunction() const;
};

/// A Sequential or Functional model.
struct Graph {
  std::string name;
  bool sequential = false;
  bool trainable = true;
  std::vector<LayerEntry> layers;
  /// Tensors in Keras' flattened order (dicts by sorted key), and the nest with
  /// an index at each leaf.
  std::vector<TensorRef> inputs, outputs;
  Json inputStructure, outputStructure;
  /// Other keys of the config, such as its dtype policy.
  Json more = Json::object();
};

/// The graph of a serialised model. Errors name the model or the layer.
Expected<Graph> readGraph(const Json &object);

} // namespace dlc::importer
