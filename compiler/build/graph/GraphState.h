// What stands behind the builder's Graph, KerasTensor and Model.
#pragma once

#include "compiler/attributes/Json.h"
#include "compiler/build/Model.h"
#include "dialects/layer/Layer.h"
#include "mlir/IR/OwningOpRef.h"
#include "runtime/keras/KerasFile.h"

namespace dlc::build {

using attributes::Json;

/// The layers of a graph: ops in the one block of `body`, a layer.model that
/// has no output, beside the models that its layer.calls name.
struct GraphState {
  explicit GraphState(std::shared_ptr<mlir::MLIRContext> context);

  mlir::Block &block() { return body.getBody().front(); }
  mlir::MLIRContext *getContext() const { return context.get(); }

  std::shared_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  layer::ModelOp body;
  /// By state name: "dense/kernel", in a nested model "inner/dense/kernel". A
  /// weight that is not here begins with its initializer.
  keras::WeightMap weights;
};

/// A context with the dialects that models are made of.
std::shared_ptr<mlir::MLIRContext> makeContext();

struct TensorState {
  std::shared_ptr<GraphState> graph; // null where there is an error
  mlir::Value value;
  std::optional<Error> error;
};

KerasTensor makeTensor(std::shared_ptr<GraphState> graph, mlir::Value value);
KerasTensor makeFailed(Error error);

/// The first error among tensors, that there are none, or that they are of two
/// graphs; `thing` is what they were given to.
std::optional<Error> findError(mlir::ArrayRef<KerasTensor> tensors,
                               const std::string &thing);

struct ModelState {
  std::shared_ptr<GraphState> graph;
  mlir::SmallVector<mlir::Value> inputs, outputs;
  std::string name;
  bool sequential = false;
  bool trainable = true;
  /// compile_config, or null.
  Json compile;
  /// Other keys of the model's config.
  Json aside = Json::object();
  /// Of layer.output; null where the outputs are plain.
  mlir::ArrayAttr outputNames;
  mlir::Attribute outputStructure;
  /// Empty for a model that no Keras wrote.
  std::string metadata;
  /// The optimizer's datasets, and the weights that they belong to.
  keras::WeightMap optimizer;
  std::vector<std::string> optimized;
  /// Whether a new optimizer stands in the place of the file's.
  bool recompiled = false;
  std::optional<Error> error;
};

/// The name of a layer or function; empty for a constant.
mlir::StringRef getLayerName(mlir::Operation *op);
/// Whether the op is a layer: no function of keras.ops and no constant.
bool isLayer(mlir::Operation *op);
/// The calls of the layer of this name.
mlir::SmallVector<mlir::Operation *> findCalls(mlir::Block &block,
                                               mlir::StringRef name);
/// The model that a layer.call names.
layer::ModelOp findNested(layer::CallOp call);

} // namespace dlc::build
