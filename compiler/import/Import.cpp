// Model files of every kind become a module of the layer dialect, and back.
#include "compiler/import/Import.h"
#include "compiler/import/CheckWeights.h"
#include "compiler/import/DataNotes.h"
#include "compiler/import/Diagnostics.h"
#include "compiler/import/DtypePolicy.h"
#include "compiler/import/ImportConfig.h"
#include "compiler/import/InputShapes.h"
#include "compiler/import/Limits.h"
#include "compiler/import/Plugins.h"
#include "compiler/import/WeightsFile.h"
#include "compiler/import/graph/ExportModel.h"
#include "compiler/import/legacy/LegacyWeights.h"
#include "compiler/import/legacy/ModernConfig.h"
#include "compiler/import/legacy/ReadLegacy.h"
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

//===-- Keras files -------------------------------------------------------===//

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
  model.configJson = fillInputShapes(*object, options.inputShapes)
                         ? printJson(*object)
                         : archive->config;
  model.metadataJson =
      archive->metadata.empty() ? makeMetadata() : archive->metadata;
  if (!archive->weights.empty()) {
    Expected<keras::WeightMap> weights = keras::readWeights(
        std::move(archive->weights), (file / "model.weights.h5").string());
    if (!weights)
      return Unexpected(weights.error());
    model.weights = modernizePaths(std::move(*weights), &model.legacy.oldPaths);
  }
  if (Expected<void> done =
          importConfig(model, modernizeModel(*object), options, file.string());
      !done)
    return Unexpected(done.error());
  if (hasTraining(options.training)) {
    (*object)["compile_config"] = exportCompile(*model.module);
    model.configJson = printJson(*object);
  }
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
  return keras::readWeights(*std::move(bytes), path.string());
}

/// The options in place of what layer.compile says.
static Expected<void> applyToModule(ModuleOp module,
                                    const TrainingOptions &training,
                                    const std::string &name) {
  if (!hasTraining(training))
    return {};
  DiagnosticCatcher catcher(module.getContext());
  FailureOr<layer::ModelOp> main = layer::findMainModel(module);
  if (failed(main))
    return catcher.error(name);
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

Expected<Model> importer::readLayerText(MLIRContext &context,
                                        const std::string &text,
                                        const std::string &name,
                                        const CompileOptions &options) {
  if (nestsTooDeep(text))
    return fail(name, "nests brackets over 200 deep", "no layer file does",
                "check where the file is from");

  Model model;
  {
    DiagnosticCatcher catcher(&context);
    model.module = parseSourceString<ModuleOp>(
        text, ParserConfig(&context, /*verifyAfterParse=*/false), name);
    if (!model.module)
      return placeError(catcher, name);
    // The verifier follows calls from model to model.
    if (Expected<void> done = checkLimits(*model.module, name); !done)
      return Unexpected(done.error());
    if (failed(verify(*model.module)))
      return placeError(catcher, name);
  }
  if (Expected<void> done =
          applyToModule(*model.module, options.training, name);
      !done)
    return Unexpected(done.error());
  Expected<std::string> config = exportConfig(*model.module, name);
  if (!config)
    return Unexpected(config.error());
  model.configJson = std::move(*config);
  model.metadataJson = readDataNotes(*model.module, makeMetadata());
  model.legacy = makeLayout(*model.module);
  return std::move(model);
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
  Expected<Model> model = readLayerText(context, text, file.string(), options);
  if (!model)
    return model;
  Expected<keras::WeightMap> weights = readNamedWeights(*model->module, file);
  if (!weights)
    return Unexpected(weights.error());
  model->weights = std::move(*weights);
  return model;
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
  if (!std::filesystem::exists(file, ignored))
    return fail(file.string(), "does not exist", "", "check the path");
  Expected<Model> model = suffix == ".mlir"
                              ? readLayerFile(context, file, options)
                          : suffix == ".h5" || suffix == ".hdf5"
                              ? readLegacy(context, file, options)
                              : readKeras(context, file, options);
  if (!model)
    return model;
  if (options.training.optimizer.empty())
    if (auto done = restoreLossScale(*model, file.string()); !done)
      return Unexpected(done.error());
  if (auto done = applyDtypePolicy(*model, options.dtypePolicy, file.string());
      !done)
    return Unexpected(done.error());
  if (model->legacy.layers.empty())
    model->legacy.layers = makeLayout(*model->module).layers;
  if (!options.weights.empty()) {
    if (Expected<void> done = replaceWeights(*model, options.weights); !done)
      return Unexpected(done.error());
  } else if (!model->weights.empty()) {
    if (Expected<void> done =
            checkWeights(*model->module, model->weights, file.string());
        !done)
      return Unexpected(done.error());
  }
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

Expected<std::string> importer::exportConfig(ModuleOp module,
                                             const std::string &name) {
  DiagnosticCatcher catcher(module.getContext());
  FailureOr<layer::ModelOp> main = layer::findMainModel(module);
  if (failed(main))
    return catcher.error(name);
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
