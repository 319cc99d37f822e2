// Symbolic tensors: what layers of the C++ builder take and give.
#pragma once

#include "compiler/build/Setting.h"
#include "runtime/core/Error.h"
#include "runtime/core/Tensor.h"

#include <memory>
#include <string>
#include <vector>

namespace dlc {

namespace build {
struct GraphState;
struct TensorState;
} // namespace build

/// What a layer computes, before there are any numbers: Keras' KerasTensor.
/// Copies are the same tensor. A mistake in making it, such as a layer called
/// on a shape that it does not take, is held by the tensor and by all that is
/// made of it; dlc::Model and all of its functions return it.
class KerasTensor {
public:
  /// No tensor; using it is an error.
  KerasTensor();
  explicit KerasTensor(std::shared_ptr<const build::TensorState> state)
      : held(std::move(state)) {}

  /// Its dimensions, batchDim first for the batch; empty for an error.
  Shape shape() const;
  /// The first mistake on the way to this tensor; null if there was none.
  const Error *error() const;

  const build::TensorState &state() const { return *held; }

private:
  std::shared_ptr<const build::TensorState> held;
};

/// Elementwise, as functions of keras.ops in the graph; shapes broadcast.
KerasTensor operator+(const KerasTensor &a, const KerasTensor &b);
KerasTensor operator-(const KerasTensor &a, const KerasTensor &b);
KerasTensor operator*(const KerasTensor &a, const KerasTensor &b);
KerasTensor operator+(const KerasTensor &a, double b);
KerasTensor operator-(const KerasTensor &a, double b);
KerasTensor operator*(const KerasTensor &a, double b);

/// What keras.Input takes besides the shape.
struct InputOptions {
  std::string name;              // empty: input_layer, input_layer_1, ...
  std::string dtype = "float32"; // or "int32", "bool"
};

/// Layers that may read each other. Every tensor belongs to one graph; a layer
/// that is given tensors of two is an error. Copies are the same graph.
class Graph {
public:
  Graph();

  /// A tensor that the caller feeds; `shape` is that of one sample, without the
  /// batch: keras.Input(shape).
  KerasTensor input(Shape shape, InputOptions options = {});

private:
  std::shared_ptr<build::GraphState> state;
};

namespace build {

/// An argument of a layer by its key.
struct Argument {
  const char *key;
  Setting value;
};

/// Calls a Keras layer on `tensors`. A name that the graph has already is that
/// layer, whose weights this call shares; an empty one becomes Keras' automatic
/// name: "conv2d", "conv2d_1". The structs of dlc::layers are this function's
/// callers.
KerasTensor callLayer(const char *kerasClass, std::vector<Argument> arguments,
                      const std::vector<KerasTensor> &tensors,
                      const std::string &name, bool trainable);

} // namespace build
} // namespace dlc
