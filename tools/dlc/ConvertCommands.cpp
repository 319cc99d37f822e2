// dlc import and dlc export: between Keras files and the layer file.
#include "tools/dlc/Commands.h"
#include "tools/dlc/options/Options.h"
#include "tools/dlc/show/Report.h"

#include "runtime/core/AtomicFile.h"

namespace dlc::tool {

namespace {

struct Options {
  ModelOptions model;
  std::string output;
};

/// The layer file, and its weights beside it under the same name.
Expected<int> runImport(const Options &options) {
  if (auto checked = checkOutput(options.output, ".mlir"); !checked)
    return Unexpected(checked.error());
  std::filesystem::path weights = options.output;
  weights.replace_extension(".weights.h5");
  auto imported = importModel(options.model.model, weights.filename().string(),
                              options.model.forCompiler());
  if (!imported)
    return Unexpected(imported.error());
  std::error_code ignored;
  bool wasThere = std::filesystem::exists(weights, ignored);
  if (!imported->weights.empty())
    if (auto written = writeFileAtomically(weights, imported->weights);
        !written)
      return Unexpected(written.error());
  if (auto written = writeText(imported->text, options.output); !written) {
    // No half of a model stays behind.
    if (!imported->weights.empty() && !wasThere)
      std::filesystem::remove(weights, ignored);
    return Unexpected(written.error());
  }
  return 0;
}

Expected<int> runExport(const Options &options) {
  if (auto checked = checkModelOutput(options.output); !checked)
    return Unexpected(checked.error());
  auto written = exportModel(options.model.model, options.output,
                             options.model.forCompiler());
  if (!written)
    return Unexpected(written.error());
  return 0;
}

void addOptions(CLI::App &app, Options &options, const char *model,
                const char *output) {
  options.model.mustTrain = false;
  app.add_option("MODEL", options.model.model, model)->required();
  app.add_option("-o,--output", options.output, output)->required();
  addWeightsOption(app, options.model);
  addInputShapeOption(app, options.model);
  addPluginOption(app, options.model);
}

} // namespace

Command addImport(CLI::App &dlc) {
  CLI::App *app =
      dlc.add_subcommand("import", "Keras files become a layer file");
  app->footer("Example:\n  dlc import model.keras -o model.mlir");
  auto options = std::make_shared<Options>();
  addOptions(*app, *options, "a .keras file or folder, or a legacy .h5 file",
             "the .mlir file to write; weights go beside it");
  return {app, [options] { return runImport(*options); }};
}

Command addExport(CLI::App &dlc) {
  CLI::App *app =
      dlc.add_subcommand("export", "A layer file becomes a Keras file");
  app->footer("Example:\n  dlc export model.mlir -o model.keras\n"
              "  dlc export model.keras -o model.h5");
  auto options = std::make_shared<Options>();
  addOptions(*app, *options, "a .mlir layer file, or a Keras file of any form",
             "the .keras, .h5, or .weights.h5, to write");
  app->add_option("--seed", options->model.seed,
                  "of weights that no file gives (default: 0)")
      ->check(checkSeed);
  return {app, [options] { return runExport(*options); }};
}

} // namespace dlc::tool
