// Model files of every kind become a module of the layer dialect, and back.
#include "compiler/import/Import.h"
#include "compiler/import/CheckWeights.h"
#include "compiler/import/Diagnostics.h"
#include "compiler/import/Limits.h"
#include "compiler/import/Plugins.h"
#include "compiler/import/Version.h"
#include "compiler/import/graph/ExportModel.h"
#include "compiler/import/graph/ImportModel.h"
#include "compiler/import/training/CompileConfig.h"
#include "compiler/import/training/CompileOps.h"
#include "compiler/import/training/TrainingOptions.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "runtime/core/AtomicFile.h"

#include <ctime>

using namespace mlir;
using namespace dlc;
using namespace dlc::importer;

/// The module's attribute that names its weights, a file beside it.
static constexpr const char *weightsAttr = "layer.weights";
/// The version of Keras whose config.json dlc writes.
static constexpr const char *kerasVersion = "3.15.1";

static std::vector<std::string> listOutputs(layer::ModelOp model) {
  auto names = layer::getOutputNames(
      cast<layer::OutputOp>(model.getBody().front().getTerminator()));
  return {names.begin(), names.end()};
}

/// The objects that options stand for; those of the file may hold more keys.
static Expected<void> checkOptions(MLIRContext *context, const Json &compile,
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

//===-- Keras files -------------------------------------------------------===//

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

/// Imports the model and, with the options in its place, its compile_config.
static Expected<void> importConfig(Model &model, const Json &object,
                                   const CompileOptions &options) {
  Expected<Graph> graph = readGraph(object);
  if (!graph)
    return Unexpected(graph.error());
  std::vector<std::string> noted;
  TrainingRule rule{
      honoursTraining(model.metadataJson, options.trainingArgument), &noted};
  Expected<layer::ModelOp> main = importGraph(*model.module, *graph, rule);
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
  if (const Json *weighted = find(compile, "weighted_metrics");
      weighted && !weighted->empty())
    model.notes.push_back("weighted_metrics are kept but not computed");
  Expected<void> imported = importCompile(*model.module, *main, compile);
  if (imported || options.mustTrain || hasTraining(options.training))
    return imported;
  keepCompile(*model.module, *main, compile);
  model.notes.push_back("compile_config is kept but not used: " +
                        imported.error().message());
  return {};
}

/// Keras 2 saved layers under another name (H5IOStore.get in saving_lib.py).
static keras::WeightMap modernizePaths(keras::WeightMap weights) {
  const std::string old = "_layer_checkpoint_dependencies";
  keras::WeightMap renamed;
  for (auto &[path, tensor] : weights) {
    std::string name = path;
    for (size_t at = 0; (at = name.find(old, at)) != std::string::npos;)
      name.replace(at, old.size(), "layers");
    renamed[name] = std::move(tensor);
  }
  return renamed;
}

static Expected<Model> readKeras(MLIRContext &context,
                                 const std::filesystem::path &file,
                                 const CompileOptions &options) {
  Expected<keras::Archive> archive = keras::readArchive(file);
  if (!archive)
    return Unexpected(archive.error());
  Expected<Json> object =
      parseJson(archive->config, (file / "config.json").string());
  if (!object)
    return Unexpected(object.error());
  // It is handed on as it came, so it has to be what its name says.
  if (!archive->metadata.empty())
    if (Expected<Json> metadata =
            parseJson(archive->metadata, (file / "metadata.json").string());
        !metadata)
      return Unexpected(metadata.error());

  Model model;
  model.module = ModuleOp::create(UnknownLoc::get(&context));
  model.configJson = archive->config;
  model.metadataJson =
      archive->metadata.empty() ? makeMetadata() : archive->metadata;
  if (Expected<void> done = importConfig(model, *object, options); !done)
    return Unexpected(done.error());
  if (Expected<void> done = checkLimits(*model.module, file.string()); !done)
    return Unexpected(done.error());
  DiagnosticCatcher catcher(&context);
  if (failed(verify(*model.module)))
    return catcher.error(file.string());
  if (hasTraining(options.training)) {
    (*object)["compile_config"] = exportCompile(*model.module);
    model.configJson = printJson(*object);
  }
  if (archive->weights.empty())
    return std::move(model);
  Expected<keras::WeightMap> weights = keras::readWeights(
      archive->weights, (file / "model.weights.h5").string());
  if (!weights)
    return Unexpected(weights.error());
  model.weights = modernizePaths(std::move(*weights));
  return std::move(model);
}

//===-- Layer files -------------------------------------------------------===//

/// MLIR's parser recurses: brackets outside strings nest at most 200 deep.
static bool nestsTooDeep(StringRef text) {
  constexpr int limit = 200;
  int depth = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (inString) {
      i += c == '\\';
      inString = c != '"' && c != '\n';
    } else if (c == '"') {
      inString = true;
    } else if (c == '/' && text.substr(i).starts_with("//")) {
      i = text.find('\n', i);
      if (i == StringRef::npos)
        return false;
    } else if (StringRef("({[<").contains(c)) {
      if (++depth > limit)
        return true;
    } else if (StringRef(")}]").contains(c) ||
               (c == '>' && i > 0 && text[i - 1] != '-')) {
      --depth;
    }
  }
  return false;
}

/// The weights that a layer file names: a file beside it, whatever the name.
static Expected<keras::WeightMap>
readNamedWeights(ModuleOp module, const std::filesystem::path &file) {
  auto name = module->getAttrOfType<StringAttr>(weightsAttr);
  if (!name)
    return keras::WeightMap();
  if (name.empty() || name.getValue().contains('/') || name == "..")
    return fail(file.string(), "names its weights \"" + name.str() + "\"",
                "they lie beside it", "give a file name without a folder");
  std::filesystem::path path = file.parent_path() / name.str();
  Expected<std::vector<std::byte>> bytes = readFile(path);
  if (!bytes)
    return Unexpected(bytes.error());
  return keras::readWeights(*bytes, path.string());
}

/// The options in place of what layer.compile says.
static Expected<void> applyToModule(ModuleOp module,
                                    const TrainingOptions &training) {
  if (!hasTraining(training))
    return {};
  DiagnosticCatcher catcher(module.getContext());
  FailureOr<layer::ModelOp> main = layer::findMainModel(module);
  if (failed(main))
    return catcher.error("module");
  Expected<Json> changed =
      applyTraining(exportCompile(module), training, listOutputs(*main));
  if (!changed)
    return Unexpected(changed.error());
  if (auto checked = checkOptions(module.getContext(), *changed, training);
      !checked)
    return checked;
  return importCompile(module, *main, *changed);
}

/// The error with its line in the file.
static Unexpected<Error> placeError(const DiagnosticCatcher &catcher,
                                    const std::filesystem::path &file) {
  Unexpected<Error> error = catcher.error(file.string());
  std::string &thing = error.error().thing;
  if (catcher.place().empty())
    return error;
  thing =
      thing == file.string() ? catcher.place() : catcher.place() + ": " + thing;
  return error;
}

static Expected<Model> readLayerFile(MLIRContext &context,
                                     const std::filesystem::path &file,
                                     const CompileOptions &options) {
  Expected<std::vector<std::byte>> bytes = readFile(file);
  if (!bytes)
    return Unexpected(bytes.error());
  // A copy, because the parser wants a zero at its end.
  std::string text(reinterpret_cast<const char *>(bytes->data()),
                   bytes->size());
  if (nestsTooDeep(text))
    return fail(file.string(), "nests brackets over 200 deep",
                "no layer file does", "check where the file is from");

  Model model;
  {
    DiagnosticCatcher catcher(&context);
    model.module = parseSourceString<ModuleOp>(
        text, ParserConfig(&context, /*verifyAfterParse=*/false),
        file.string());
    if (!model.module)
      return placeError(catcher, file);
    // The verifier follows calls from model to model.
    if (Expected<void> done = checkLimits(*model.module, file.string()); !done)
      return Unexpected(done.error());
    if (failed(verify(*model.module)))
      return placeError(catcher, file);
  }
  if (Expected<void> done = applyToModule(*model.module, options.training);
      !done)
    return Unexpected(done.error());
  Expected<std::string> config = exportConfig(*model.module);
  if (!config)
    return Unexpected(config.error());
  Expected<keras::WeightMap> weights = readNamedWeights(*model.module, file);
  if (!weights)
    return Unexpected(weights.error());
  model.configJson = std::move(*config);
  model.metadataJson = makeMetadata();
  model.weights = std::move(*weights);
  return std::move(model);
}

//===-- Entry points ------------------------------------------------------===//

Expected<Model> importer::readModel(MLIRContext &context,
                                    const std::filesystem::path &file,
                                    const CompileOptions &options) {
  context.loadDialect<layer::LayerDialect>();
  if (Expected<void> done = loadPlugins(context, options.plugins); !done)
    return Unexpected(done.error());
  std::string suffix = file.extension();
  std::error_code ignored;
  if (suffix == ".h5" || suffix == ".hdf5")
    return fail(file.string(), "is a legacy HDF5 model",
                "dlc reads .keras and .mlir",
                "load it in Keras and save it as .keras");
  if (!std::filesystem::exists(file, ignored))
    return fail(file.string(), "does not exist", "", "check the path");
  Expected<Model> model = suffix == ".mlir"
                              ? readLayerFile(context, file, options)
                              : readKeras(context, file, options);
  if (!model)
    return model;
  if (!model->weights.empty())
    if (Expected<void> done =
            checkWeights(*model->module, model->weights, file.string());
        !done)
      return Unexpected(done.error());
  if (std::string note = noteNonFinite(model->weights); !note.empty())
    model->notes.push_back(std::move(note));
  return model;
}

std::string importer::printModel(ModuleOp module,
                                 const std::string &weightsName) {
  if (weightsName.empty())
    module->removeAttr(weightsAttr);
  else
    module->setAttr(weightsAttr,
                    StringAttr::get(module.getContext(), weightsName));
  std::string text;
  llvm::raw_string_ostream os(text);
  // Names of layers are in the ops; locations would only repeat them.
  module.print(os, OpPrintingFlags().enableDebugInfo(false));
  return text;
}

Expected<std::string> importer::exportConfig(ModuleOp module) {
  DiagnosticCatcher catcher(module.getContext());
  FailureOr<layer::ModelOp> main = layer::findMainModel(module);
  if (failed(main))
    return catcher.error("module");
  Expected<Json> object = exportModel(*main);
  if (!object)
    return Unexpected(object.error());
  if (Json compile = exportCompile(module); !compile.is_null())
    (*object)["compile_config"] = compile;
  return printJson(*object);
}

std::string importer::makeMetadata() {
  std::time_t now = std::time(nullptr);
  std::tm local = {};
  localtime_r(&now, &local);
  char date[32];
  std::strftime(date, sizeof date, "%Y-%m-%d@%H:%M:%S", &local);
  return printJson(Json{{"keras_version", kerasVersion}, {"date_saved", date}});
}
