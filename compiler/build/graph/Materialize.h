// A model of the builder becomes a module, as importing a file gives one.
#pragma once

#include "compiler/build/graph/GraphState.h"

namespace dlc::build {

/// A module that holds just what the model needs, and its weights.
struct Source {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  layer::ModelOp main;
  /// By path in model.weights.h5, the optimizer's included.
  keras::WeightMap weights;
  /// metadata.json of the file that the model is from; else empty.
  std::string metadata;
  /// What the user should know but need not change.
  std::vector<std::string> notes;
};

/// The module alone, verified: layers in Keras' order, models that they call.
Expected<Source> makeModule(const ModelState &model);

/// With weights: those of the graph, and initial ones by `seed`.
Expected<Source> materialize(const ModelState &model, uint64_t seed);

/// A copy of the model in a graph of its own, without what it does not need.
Expected<std::shared_ptr<ModelState>> isolate(const ModelState &model);

/// The model in `source`, whose weights are given by state name, as a state
/// with a graph made of it.
std::shared_ptr<ModelState> adopt(std::shared_ptr<mlir::MLIRContext> context,
                                  mlir::OwningOpRef<mlir::ModuleOp> module,
                                  layer::ModelOp main,
                                  keras::WeightMap weights);

/// The names and shapes of the weights that training changes, in the order in
/// which the optimizer keeps them.
std::vector<std::string> listTrainable(layer::ModelOp main);

} // namespace dlc::build
