// A legacy file: config, weights and optimizer of one model.
#include "compiler/import/legacy/ReadLegacy.h"
#include "compiler/import/DataNotes.h"
#include "compiler/import/ImportConfig.h"
#include "compiler/import/InputShapes.h"
#include "compiler/import/legacy/LegacyWeights.h"
#include "compiler/import/legacy/ModernConfig.h"
#include "compiler/import/training/TrainingOptions.h"
#include "runtime/core/AtomicFile.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::importer;

/// The text of an attribute of the file's root as JSON; null for none.
static Expected<Json> readAttribute(const keras::LegacyLayout &layout,
                                    const std::filesystem::path &file,
                                    const std::string &name) {
  auto text = layout.attributes.find(name);
  if (text == layout.attributes.end())
    return Json();
  return parseJson(text->second.values.front(), (file / name).string());
}

/// Keras 3's state of the optimizer has the order of model.weights.h5.
static void takeOptimizer(Model &model, LegacyFile &legacy) {
  std::vector<std::string> &names = legacy.layout.optimizer;
  if (names.empty())
    return;
  if (legacy.kerasMajor < 3) {
    names.clear();
    model.notes.push_back("the optimizer starts anew: Keras 3 keeps its state "
                          "in another form than this file");
    return;
  }
  for (auto [i, name] : llvm::enumerate(names))
    model.weights["optimizer/vars/" + std::to_string(i)] =
        std::move(legacy.datasets.at("optimizer_weights/" + name));
}

Expected<Model> importer::readLegacy(MLIRContext &context,
                                     const std::filesystem::path &file,
                                     const CompileOptions &options) {
  Expected<std::vector<std::byte>> bytes = readFile(file);
  if (!bytes)
    return Unexpected(bytes.error());
  Expected<keras::Hdf5File> content =
      keras::readHdf5(*std::move(bytes), file.string());
  if (!content)
    return Unexpected(content.error());
  return readLegacy(context, std::move(*content), file, options);
}

Expected<Model> importer::readLegacy(MLIRContext &context,
                                     keras::Hdf5File content,
                                     const std::filesystem::path &file,
                                     const CompileOptions &options) {
  Expected<LegacyFile> legacy = sortLegacy(std::move(content), file.string());
  if (!legacy)
    return Unexpected(legacy.error());
  Expected<Json> config = readAttribute(legacy->layout, file, "model_config");
  if (!config)
    return Unexpected(config.error());
  if (config->is_null())
    return fail(file.string(), "holds weights and no model",
                "MODEL is a whole model",
                "give the model, and this file as --weights");
  if (fillInputShapes(*config, options.inputShapes))
    legacy->layout.attributes["model_config"].values = {printJson(*config)};
  Expected<Json> training =
      readAttribute(legacy->layout, file, "training_config");
  if (!training)
    return Unexpected(training.error());

  Model model;
  model.module = ModuleOp::create(UnknownLoc::get(&context));
  // What calls of layers mean depends on the version that wrote them.
  auto version = legacy->layout.attributes.find("keras_version");
  model.metadataJson =
      printJson({{"keras_version", version == legacy->layout.attributes.end()
                                       ? "1"
                                       : version->second.values.front()}});
  Json object = modernizeModel(joinConfigs(*config, *training));
  if (Expected<void> done = importConfig(model, object, options, file.string());
      !done)
    return Unexpected(done.error());
  auto weights = matchLegacy(*model.module, *legacy, file.string());
  if (!weights)
    return Unexpected(weights.error());
  model.weights = std::move(*weights);
  takeOptimizer(model, *legacy);

  Expected<std::string> modern = exportConfig(*model.module);
  if (!modern)
    return Unexpected(modern.error());
  model.configJson = std::move(*modern);
  model.metadataJson = makeMetadata();
  auto notes = readAttribute(legacy->layout, file, keras::dataAttribute);
  if (!notes)
    return Unexpected(notes.error());
  model.metadataJson = withDataNotes(model.metadataJson, *notes);
  if (hasTraining(options.training))
    legacy->layout.attributes["training_config"] = keras::makeAttributes(
        model.configJson, model.metadataJson)["training_config"];
  model.legacy = std::move(legacy->layout);
  return std::move(model);
}
