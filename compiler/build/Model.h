// Models that are built, loaded and edited in C++.
#pragma once

#include "compiler/Compile.h"
#include "compiler/build/KerasTensor.h"

namespace dlc {

namespace build {
struct ModelState;
}

/// A layer of a model. A lookup that failed gives one whose output() holds the
/// error.
class LayerHandle {
public:
  LayerHandle(std::string name, KerasTensor output)
      : held(std::move(name)), result(std::move(output)) {}

  const std::string &name() const { return held; }
  /// What it computes; an error for a layer that is called more than once.
  const KerasTensor &output() const { return result; }

private:
  std::string held;
  KerasTensor result;
};

/// What Model::load may be told.
struct LoadOptions {
  /// Shared libraries that define layers, as in CompileOptions.
  std::vector<std::filesystem::path> plugins;
  /// Told what the user should know of the file; may be empty.
  std::function<void(const std::string &)> onNote;
  /// A file whose weights replace the model's, as in CompileOptions.
  std::filesystem::path weights;
  /// Shapes of one sample by the name of the input, "" for the only one: for
  /// inputs that leave sizes free, and otherwise as withInputShapes.
  std::map<std::string, Shape> inputShapes;
};

/// A Keras model. A model holds the first mistake that was made on the way to
/// it; its functions return that error and do nothing else. Copies are the same
/// model.
class Model {
public:
  /// keras.Model(inputs, outputs, name=name): the layers between `inputs`, made
  /// by Graph::input, and `outputs`. Layers are shared with other models of the
  /// graph, frozen ones included.
  Model(std::vector<KerasTensor> inputs, std::vector<KerasTensor> outputs,
        std::string name = "model");

  /// Reads a .keras file or folder, a legacy .h5 file, or a .mlir layer file,
  /// in a graph of its own.
  static Expected<Model> load(const std::filesystem::path &file,
                              const LoadOptions &options = {});

  /// The first mistake; null if there was none.
  const Error *error() const;

  std::vector<KerasTensor> inputs() const;
  std::vector<KerasTensor> outputs() const;
  /// Names in the order of Keras' `model.layers`.
  std::vector<std::string> layerNames() const;
  /// By name, or by index as in `model.layers[index]`: -1 is the last.
  LayerHandle layer(const std::string &name) const;
  LayerHandle layer(int index) const;

  /// The model as one layer on `inputs`, which may be of another graph; its
  /// weights are copied there. Outputs in the model's order; a mistake is in
  /// the only one.
  std::vector<KerasTensor>
  operator()(const std::vector<KerasTensor> &inputs) const;

  /// A copy that ends at a layer, given by name or as an index ("-2",
  /// "layers[-2]"); layers that it does not need are left out.
  Model cut(const std::string &layer) const;
  /// A copy whose only output goes through one more layer, written as Python
  /// would call it: "Dense(10, activation='softmax')".
  Model append(const std::string &layer) const;
  /// A copy for inputs of other shapes, by the name of the input; "" names the
  /// only one. Weights stay; a layer whose weights depend on the shape is an
  /// error.
  Model withInputShapes(const std::map<std::string, Shape> &shapes) const;

  /// A copy whose layers without a dtype policy have this one:
  /// "mixed_bfloat16", "mixed_float16" or "float32".
  Model withDtypePolicy(const std::string &policy) const;

  /// Sets Keras' `trainable` of every layer whose name matches a shell pattern:
  /// "conv*", and "base/conv*" for layers in the nested model "base". A nested
  /// model takes its layers along. A pattern that matches no layer is an error.
  Expected<void> freeze(const std::string &pattern);
  Expected<void> unfreeze(const std::string &pattern);

  /// model.compile(...): replaces what a file said. Mistakes show here.
  Expected<void> compile(const TrainingOptions &training);

  /// Writes model and weights as .keras or, for older programs, as .h5; or the
  /// weights alone, as .weights.h5. Those that no file gave get their
  /// initializers' values by `seed`. The state of a loaded optimizer is kept as
  /// long as the same weights train; `onNote`, if given, is told otherwise.
  Expected<void>
  save(const std::filesystem::path &file, uint64_t seed = 0,
       const std::function<void(const std::string &)> &onNote = {}) const;

  explicit Model(std::shared_ptr<build::ModelState> state)
      : held(std::move(state)) {}
  const build::ModelState &state() const { return *held; }

private:
  std::shared_ptr<build::ModelState> held;
};

/// Compiles a built or edited model; new weights begin by `options.seed`.
/// `options.training` replaces what Model::compile said.
Expected<artifact::Artifact> compile(const Model &model,
                                     const CompileOptions &options = {});

/// The rows of `model.summary()`.
Expected<ModelSummary> summarize(const Model &model,
                                 const CompileOptions &options = {});

} // namespace dlc
