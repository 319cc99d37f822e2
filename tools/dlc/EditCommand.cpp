// dlc edit: cut, extend, freeze and resize a model for transfer learning.
#include "tools/dlc/Commands.h"
#include "tools/dlc/options/Options.h"

#include <fmt/format.h>

namespace dlc::tool {

namespace {

struct Options {
  ModelOptions model;
  std::string output;
  EditOptions edit;
};

Expected<int> runEdit(const Options &options) {
  if (auto checked = checkModelOutput(options.output); !checked)
    return Unexpected(checked.error());
  EditOptions edits = options.edit;
  CompileOptions compile = options.model.forCompiler();
  edits.plugins = compile.plugins;
  edits.weights = compile.weights;
  edits.inputShapes = compile.inputShapes;
  edits.onNote = [](const std::string &note) {
    fmt::print(stderr, "dlc: note: {}\n", note);
  };
  if (auto written = edit(options.model.model, options.output, edits); !written)
    return Unexpected(written.error());
  return 0;
}

/// --freeze or --unfreeze, in one list, because their order counts.
void addTrainable(CLI::App &app, Options &options, const char *flag,
                  bool trainable, const char *help) {
  app.add_option_function<std::string>(
         flag,
         [&options, trainable](const std::string &pattern) {
           options.edit.trainable.push_back({pattern, trainable});
         },
         help)
      ->type_name("PATTERN")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->trigger_on_parse();
}

} // namespace

Command addEdit(CLI::App &dlc) {
  CLI::App *app =
      dlc.add_subcommand("edit", "Cuts, extends, freezes and resizes a model");
  app->footer(
      "Patterns are over the layers that the model came with; * stops at a /.\n"
      "Example:\n"
      "  dlc edit mobilenet.keras -o flowers.keras --cut-at 'layers[-2]' \\\n"
      "      --freeze '*' --append 'Dense(5, activation=softmax)' \\\n"
      "      --compile 'optimizer=adam,loss=sparse_categorical_crossentropy'");
  auto options = std::make_shared<Options>();
  EditOptions &edits = options->edit;
  app->add_option("MODEL", options->model.model,
                  "a .keras file or folder, a legacy .h5 file, or a .mlir "
                  "layer file")
      ->required();
  app->add_option("-o,--output", options->output,
                  "the .keras, .h5, or .weights.h5, to write")
      ->required();
  app->add_option("--cut-at", edits.cutAt,
                  "the layer that gives the output: a name, -2 or layers[-2]")
      ->check([](const std::string &layer) {
        return layer.empty() ? "names no layer; write a name, -2 or layers[-2]"
                             : "";
      });
  app->add_option(
         "--append", edits.append,
         "a layer on the output, as in 'Dense(10, activation=softmax)'")
      ->allow_extra_args(false);
  addTrainable(*app, *options, "--freeze", false,
               "layers that shall not train, as in 'conv*' or 'base/conv*'");
  addTrainable(*app, *options, "--unfreeze", true, "layers that shall train");
  app->add_option("--dtype-policy,--policy", edits.dtypePolicy,
                  "of layers without one: mixed_bfloat16 or mixed_float16");
  addInputShapeOption(*app, options->model);
  app->add_option("--compile", edits.compile,
                  "as in 'optimizer=adam,loss=mse,metrics=accuracy'");
  app->add_option("--seed", edits.seed, "of new weights (default: 0)")
      ->check(checkSeed);
  addWeightsOption(*app, options->model);
  addPluginOption(*app, options->model);
  return {app, [options] { return runEdit(*options); }};
}

} // namespace dlc::tool
