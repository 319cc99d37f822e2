// Adds a call of a layer to a graph.
#pragma once

#include "compiler/build/graph/GraphState.h"
#include "compiler/import/config/CallSyntax.h"

namespace dlc::build {

/// A layer's class and arguments, and what it is called on.
struct LayerCall {
  std::string kerasClass;
  /// By key; null means absent. May hold `name` and `trainable`.
  Json config = Json::object();
  mlir::SmallVector<mlir::Value> operands;
};

/// Errors name the layer, the argument, and the nearest ones there are.
Expected<mlir::Value> addLayer(GraphState &graph, LayerCall call);

/// A function of keras.ops, as in "Add"; `arguments` are {"tensor": i} or
/// numbers.
Expected<mlir::Value> addFunction(GraphState &graph,
                                  const std::string &kerasClass,
                                  const Json &arguments,
                                  mlir::ArrayRef<mlir::Value> operands);

/// An input of the graph; `shape` is that of one sample.
Expected<mlir::Value> addInput(GraphState &graph, const Shape &shape,
                               const std::string &name,
                               const std::string &dtype);

/// Whether the layer merges a list of tensors.
bool takesList(mlir::StringRef kerasClass);

/// `base`, or with the first number that makes it a new name: Keras' automatic
/// names.
std::string makeName(GraphState &graph, const std::string &base);

/// The config that a call in Python's syntax gives: arguments without keys are
/// in the order of Keras' signature.
Expected<Json> makeConfig(const importer::CallText &call);

/// An initializer, regularizer or constraint: Keras' name of it, a call or
/// JSON text.
Expected<Json> parseObject(const std::string &text, const std::string &key);

/// Whether a config key holds an initializer, regularizer or constraint.
bool holdsObject(mlir::StringRef key);

} // namespace dlc::build
