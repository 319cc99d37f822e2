// The order in which Keras keeps the layers of a Functional model.
#pragma once

#include "compiler/build/graph/GraphState.h"

namespace dlc::build {

/// A model's ops by decreasing depth, that is by their distance from the
/// outputs, as keras/src/ops/function.py (map_graph) sorts them.
struct KerasOrder {
  /// Each after those that it reads; constants are left out.
  mlir::SmallVector<mlir::Operation *> ops;
  /// `model.layers`, without functions of keras.ops.
  mlir::SmallVector<mlir::StringRef> layers;
};

/// Keras numbers the weights in a file by this order, so it has to be the same.
/// Inputs that no output needs are part of the model.
KerasOrder sortAsKeras(mlir::ArrayRef<mlir::Value> inputs,
                       mlir::ArrayRef<mlir::Value> outputs);

} // namespace dlc::build
