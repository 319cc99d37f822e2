// Imports a file, and sorts its weights by the names that the builder uses.
#include "compiler/build/graph/LoadFile.h"
#include "compiler/build/graph/Materialize.h"
#include "compiler/expand/Initialize.h"
#include "compiler/import/Diagnostics.h"
#include "compiler/import/Import.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::build;

/// The file's weights by state name, and its optimizer's by dataset.
static void sortWeights(importer::Model &file, ModelState &state,
                        const expand::InitialWeights &initial) {
  for (const auto &[name, weight] : initial)
    if (auto found = file.weights.find(weight.h5Path);
        found != file.weights.end())
      state.graph->weights[name] = found->second;
  for (const auto &[path, tensor] : file.weights)
    if (StringRef(path).starts_with("optimizer/"))
      state.optimizer[path] = tensor;
}

Expected<std::shared_ptr<ModelState>>
build::loadFile(const std::filesystem::path &file, const LoadOptions &load) {
  auto context = makeContext();
  CompileOptions options;
  options.mustTrain = false;
  options.plugins = load.plugins;
  options.weights = load.weights;
  options.inputShapes = load.inputShapes;
  Expected<importer::Model> read = importer::readModel(*context, file, options);
  if (!read)
    return dlc::Unexpected(read.error());
  if (load.onNote)
    for (const std::string &note : read->notes)
      load.onNote(note);
  importer::DiagnosticCatcher catcher(context.get());
  FailureOr<layer::ModelOp> main = layer::findMainModel(*read->module);
  if (failed(main))
    return catcher.error(file.string());
  for (auto model : read->module->getOps<layer::ModelOp>())
    if (DictionaryAttr keras = model.getKerasAttr();
        keras && keras.contains("shared"))
      return fail(file.string(),
                  "has a layer that stands in several of its models",
                  "edited models have each layer in one",
                  "train it as it is, or give each model a layer of its own");
  expand::InitialWeights initial = expand::collectInitialWeights(*read->module);
  if (read->weights.empty() && !initial.empty() && file.extension() != ".mlir")
    return fail(file.string(), "has no weights in a member model.weights.h5",
                "the model has \"" + initial.begin()->first + "\"",
                "save the model again with model.save(...)");
  auto state = adopt(context, std::move(read->module), *main, {});
  state->metadata = read->metadataJson;
  sortWeights(*read, *state, initial);
  return state;
}
