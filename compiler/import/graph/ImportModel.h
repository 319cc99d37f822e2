// A graph of Keras layers becomes layer.model ops.
#pragma once

#include "compiler/import/graph/Graph.h"
#include "dialects/layer/Layer.h"
#include "mlir/IR/BuiltinOps.h"
#include "runtime/keras/KerasFile.h"

namespace dlc::importer {

/// What to do with `training=` arguments that a file records.
struct TrainingRule {
  /// Whether a recorded value is followed; else calls follow the model.
  bool honour = false;
  /// Names of the calls that had one that matters, for a note.
  std::vector<std::string> *noted = nullptr;
};

/// Adds a layer.model for the graph, and one for every model nested in it, to
/// the module. Its name becomes the symbol, with a number where a nested
/// model's is taken. The file's weights, if it has some, tell objects of one
/// name and config apart. Errors name the layer.
Expected<layer::ModelOp> importGraph(mlir::ModuleOp module, const Graph &graph,
                                     const TrainingRule &rule,
                                     const keras::WeightMap &weights);

} // namespace dlc::importer
