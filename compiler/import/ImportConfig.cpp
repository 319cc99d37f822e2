// The graph first, then what it was compiled with.
#include "compiler/import/ImportConfig.h"
#include "compiler/import/Diagnostics.h"
#include "compiler/import/Limits.h"
#include "compiler/import/Version.h"
#include "compiler/import/graph/ImportModel.h"
#include "compiler/import/training/CompileConfig.h"
#include "compiler/import/training/CompileOps.h"
#include "compiler/import/training/TrainingOptions.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::importer;

std::vector<std::string> importer::listOutputs(layer::ModelOp model) {
  auto names = layer::getOutputNames(
      cast<layer::OutputOp>(model.getBody().front().getTerminator()));
  return {names.begin(), names.end()};
}

Expected<void> importer::checkOptions(MLIRContext *context, const Json &compile,
                                      const TrainingOptions &training) {
  struct Option {
    const std::string &text;
    const char *flag, *key;
    ObjectKind kind;
  };
  const Option given[] = {
      {training.optimizer, "--optimizer", "optimizer", ObjectKind::Optimizer},
      {training.loss, "--loss", "loss", ObjectKind::Loss},
      {training.metrics, "--metrics", "metrics", ObjectKind::Metric}};
  for (const Option &option : given) {
    const Json *nest = find(compile, option.key);
    if (option.text.empty() || !nest)
      continue;
    if (auto checked =
            checkOptionKeys(context, option.kind, *nest, option.flag);
        !checked)
      return checked;
  }
  return {};
}

/// A compile_config that dlc cannot follow goes back into a file as it came.
static void keepCompile(ModuleOp module, layer::ModelOp main,
                        const Json &compile) {
  if (layer::CompileOp partial = findCompile(module))
    partial.erase();
  NamedAttrList aside;
  if (DictionaryAttr keras = main.getKerasAttr())
    aside.append(keras.getValue());
  aside.set("compile_config", toAttribute(module.getContext(), compile));
  main.setKerasAttr(aside.getDictionary(module.getContext()));
}

/// Graph and compile_config as they stand: nothing is verified.
static Expected<void> importObject(Model &model, const Json &object,
                                   const CompileOptions &options) {
  Expected<Graph> graph = readGraph(object);
  if (!graph)
    return Unexpected(graph.error());
  std::vector<std::string> noted;
  TrainingRule rule{
      honoursTraining(model.metadataJson, options.trainingArgument), &noted};
  Expected<layer::ModelOp> main =
      importGraph(*model.module, *graph, rule, model.weights);
  if (!main)
    return Unexpected(main.error());
  if (!noted.empty())
    model.notes.push_back(
        std::string("training= arguments of these calls are ") +
        (rule.honour ? "followed: " : "ignored, as their Keras does: ") +
        llvm::join(noted, ", "));

  const Json *recorded = find(object, "compile_config");
  Json compile = recorded ? *recorded : Json();
  if (hasTraining(options.training)) {
    Expected<Json> changed =
        applyTraining(compile, options.training, listOutputs(*main));
    if (!changed)
      return Unexpected(changed.error());
    compile = std::move(*changed);
    if (auto checked =
            checkOptions(model.module->getContext(), compile, options.training);
        !checked)
      return checked;
  }
  Expected<void> imported = importCompile(*model.module, *main, compile);
  if (imported || options.mustTrain || hasTraining(options.training))
    return imported;
  keepCompile(*model.module, *main, compile);
  model.notes.push_back("compile_config is kept but not used: " +
                        imported.error().message());
  return {};
}

Expected<void> importer::importConfig(Model &model, const Json &object,
                                      const CompileOptions &options,
                                      const std::string &file) {
  if (Expected<void> done = importObject(model, object, options); !done)
    return done;
  // The verifier follows calls from model to model.
  if (Expected<void> done = checkLimits(*model.module, file); !done)
    return done;
  DiagnosticCatcher catcher(model.module->getContext());
  if (failed(verify(*model.module)))
    return catcher.error(file);
  return {};
}
