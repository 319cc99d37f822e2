// Building, loading, looking into and saving models.
#include "compiler/build/Model.h"
#include "compiler/build/graph/KerasOrder.h"
#include "compiler/build/graph/LoadFile.h"
#include "compiler/build/graph/Materialize.h"
#include "compiler/build/graph/Trainable.h"
#include "compiler/import/Diagnostics.h"
#include "compiler/import/Import.h"
#include "compiler/import/legacy/LegacyWeights.h"
#include "compiler/import/training/CompileConfig.h"
#include "compiler/import/training/CompileOps.h"
#include "compiler/import/training/TrainingOptions.h"
#include "runtime/keras/SaveModel.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::build;

Model::Model(std::vector<KerasTensor> inputs, std::vector<KerasTensor> outputs,
             std::string name)
    : held(std::make_shared<ModelState>()) {
  std::string thing = "model \"" + name + "\"";
  held->name = std::move(name);
  std::vector<KerasTensor> all = inputs;
  all.insert(all.end(), outputs.begin(), outputs.end());
  held->error = findError(all, thing);
  if (!held->error && (inputs.empty() || outputs.empty()))
    held->error =
        Error{thing, inputs.empty() ? "has no input" : "has no output",
              "a model has both", "give them"};
  if (!held->error && held->name.empty())
    held->error =
        Error{"model", "has no name", "Keras names every model", "give it one"};
  if (held->error)
    return;
  held->graph = all.front().state().graph;
  for (const KerasTensor &input : inputs) {
    mlir::Value value = input.state().value;
    if (!value.getDefiningOp<layer::InputOp>())
      held->error = Error{thing,
                          "takes the output of \"" +
                              getLayerName(value.getDefiningOp()).str() + "\"",
                          "a model takes inputs",
                          "give tensors of Graph::input or Model::inputs"};
    held->inputs.push_back(value);
  }
  for (const KerasTensor &output : outputs)
    held->outputs.push_back(output.state().value);
  if (held->error)
    return;
  if (Expected<Source> source = makeModule(*held); !source)
    held->error = source.error();
}

Expected<Model> Model::load(const std::filesystem::path &file,
                            const LoadOptions &load) {
  auto state = loadFile(file, load);
  if (!state)
    return dlc::Unexpected(state.error());
  Model model(std::move(*state));
  if (!load.inputShapes.empty())
    model = model.withInputShapes(load.inputShapes);
  if (model.error())
    return dlc::Unexpected(*model.error());
  return model;
}

const Error *Model::error() const {
  return held->error ? &*held->error : nullptr;
}

static std::vector<KerasTensor> wrap(const ModelState &state,
                                     ArrayRef<mlir::Value> values) {
  if (state.error)
    return {makeFailed(*state.error)};
  std::vector<KerasTensor> tensors;
  for (mlir::Value value : values)
    tensors.push_back(makeTensor(state.graph, value));
  return tensors;
}

std::vector<KerasTensor> Model::inputs() const {
  return wrap(*held, held->inputs);
}

std::vector<KerasTensor> Model::outputs() const {
  return wrap(*held, held->outputs);
}

//===-- Layers ------------------------------------------------------------===//

std::vector<std::string> Model::layerNames() const {
  std::vector<std::string> names;
  if (held->error)
    return names;
  for (StringRef name : sortAsKeras(held->inputs, held->outputs).layers)
    names.push_back(name.str());
  // A Sequential does not count its input.
  if (held->sequential)
    names.erase(names.begin());
  return names;
}

static LayerHandle makeHandle(const ModelState &state,
                              const std::string &name) {
  std::string thing = "layer \"" + name + "\"";
  mlir::Value value;
  for (Operation *op : sortAsKeras(state.inputs, state.outputs).ops) {
    if (getLayerName(op) != name)
      continue;
    if (value || op->getNumResults() != 1)
      return {name, makeFailed({thing, "has more than one output",
                                "one tensor is asked for",
                                "choose a layer that is called once"})};
    value = op->getResult(0);
  }
  return {name, makeTensor(state.graph, value)};
}

LayerHandle Model::layer(const std::string &name) const {
  if (held->error)
    return {name, makeFailed(*held->error)};
  std::vector<std::string> names = layerNames();
  if (llvm::is_contained(names, name))
    return makeHandle(*held, name);
  std::string nearest = layer::suggestNames(
      name, SmallVector<StringRef>(names.begin(), names.end()));
  return {name,
          makeFailed({"layer \"" + name + "\"", "does not exist",
                      "the model has " + std::to_string(names.size()) +
                          " layers of other names",
                      nearest.empty() ? "see dlc summary for their names"
                                      : "did you mean " + nearest + "?"})};
}

LayerHandle Model::layer(int index) const {
  std::string text = "layers[" + std::to_string(index) + "]";
  if (held->error)
    return {text, makeFailed(*held->error)};
  std::vector<std::string> names = layerNames();
  int count = int(names.size());
  if (index < -count || index >= count)
    return {text,
            makeFailed({text, "does not exist",
                        "the model has " + std::to_string(count) + " layers",
                        "give an index between " + std::to_string(-count) +
                            " and " + std::to_string(count - 1)})};
  return makeHandle(*held, names[size_t(index < 0 ? index + count : index)]);
}

//===-- Training ----------------------------------------------------------===//

Expected<void> Model::freeze(const std::string &pattern) {
  if (held->error)
    return dlc::Unexpected(*held->error);
  return setTrainable(*held, pattern, false);
}

Expected<void> Model::unfreeze(const std::string &pattern) {
  if (held->error)
    return dlc::Unexpected(*held->error);
  return setTrainable(*held, pattern, true);
}

/// Keys of an optimizer, loss or metric that it does not have are slips.
static Expected<void> checkKeys(MLIRContext *context, const Json &config) {
  using importer::ObjectKind;
  const std::pair<const char *, ObjectKind> parts[] = {
      {"optimizer", ObjectKind::Optimizer},
      {"loss", ObjectKind::Loss},
      {"metrics", ObjectKind::Metric}};
  for (auto [key, kind] : parts)
    if (const Json *nest = importer::find(config, key))
      if (auto checked = importer::checkOptionKeys(context, kind, *nest, key);
          !checked)
        return checked;
  return {};
}

Expected<void> Model::compile(const TrainingOptions &training) {
  if (held->error)
    return dlc::Unexpected(*held->error);
  TrainingOptions complete = training;
  if (complete.optimizer.empty())
    complete.optimizer = "rmsprop"; // as in Keras
  if (complete.loss.empty())
    return fail("model \"" + held->name + "\"", "is compiled without a loss",
                "training needs one", "give loss=...");
  ModelState plain = *held;
  plain.compile = nullptr;
  Expected<Source> source = makeModule(plain);
  if (!source)
    return dlc::Unexpected(source.error());
  auto names = layer::getOutputNames(
      cast<layer::OutputOp>(source->main.getBody().front().getTerminator()));
  Expected<Json> config =
      importer::applyTraining(Json(), complete, {names.begin(), names.end()});
  if (!config)
    return dlc::Unexpected(config.error());
  if (auto checked = checkKeys(held->graph->getContext(), *config); !checked)
    return checked;
  if (auto done =
          importer::importCompile(*source->module, source->main, *config);
      !done)
    return done;
  held->compile = importer::exportCompile(*source->module);
  held->aside.erase("compile_config");
  held->recompiled = true;
  return {};
}

//===-- Saving ------------------------------------------------------------===//

Expected<void>
Model::save(const std::filesystem::path &file, uint64_t seed,
            const std::function<void(const std::string &)> &onNote) const {
  Expected<Source> source = materialize(*held, seed);
  if (!source)
    return dlc::Unexpected(source.error());
  if (onNote)
    for (const std::string &note : source->notes)
      onNote(note);
  Expected<std::string> config = importer::exportConfig(*source->module);
  if (!config)
    return dlc::Unexpected(config.error());
  keras::SavedModel saved;
  saved.config = std::move(*config);
  saved.metadata =
      source->metadata.empty() ? importer::makeMetadata() : source->metadata;
  saved.weights = keras::fromMemory(std::move(source->weights));
  saved.legacy = importer::makeLayout(*source->module);
  return keras::saveModel(std::move(saved), file);
}
