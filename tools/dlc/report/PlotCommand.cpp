// dlc plot: the layer graph as SVG, with the kernels over it.
#include "tools/dlc/Commands.h"
#include "tools/dlc/draw/GraphPicture.h"
#include "tools/dlc/options/Options.h"
#include "tools/dlc/report/ShownProgram.h"
#include "tools/dlc/show/Report.h"

#include <algorithm>
#include <fmt/format.h>

namespace dlc::tool {

namespace {

struct Options {
  ModelOptions model;
  std::string output;
  std::string program;
  bool fused = false;
};

/// A file of its own: the styles go inside the picture.
std::string addStyle(std::string svg) {
  size_t end = svg.find(">\n");
  return svg.insert(end + 2, "<style>" + graphStyle() + "</style>\n");
}

Expected<int> run(const Options &options) {
  if (auto checked = checkOutput(options.output, ".svg"); !checked)
    return Unexpected(checked.error());
  const std::string &model = options.model.model;
  if (model.ends_with(".dlc"))
    return fail(model, "is compiled", "its layers have become kernels",
                "give the .keras or .mlir model");
  CompileOptions compile = options.model.forCompiler();
  auto graph = describeGraph(model, compile);
  if (!graph)
    return Unexpected(graph.error());
  Plan planned;
  const artifact::Program *program = nullptr;
  if (options.fused) {
    // The file was read once and had its say.
    compile.onNote = nullptr;
    auto made = plan(model, compile);
    if (!made)
      return Unexpected(made.error());
    planned = *std::move(made);
    auto found = findShownProgram(planned.manifest, options.program, model);
    if (!found)
      return Unexpected(found.error());
    program = *found;
  }
  if (auto written =
          writeText(addStyle(drawGraph(*graph, program)), options.output);
      !written)
    return Unexpected(written.error());
  return 0;
}

} // namespace

Command addPlot(CLI::App &dlc) {
  CLI::App *app =
      dlc.add_subcommand("plot", "The layer graph as SVG, and its kernels");
  app->footer("Examples:\n  dlc plot model.keras -o graph.svg\n"
              "  dlc plot model.keras --fused --program predict -o graph.svg");
  auto options = std::make_shared<Options>();
  options->model.mustTrain = false;
  addModelOptions(*app, options->model);
  app->add_option("-o,--output", options->output, "the .svg file to write")
      ->required();
  app->add_flag("--fused", options->fused,
                "number and colour the kernels that serve each layer");
  addShownProgramOption(*app, options->program);
  return {app, [options] { return run(*options); }};
}

} // namespace dlc::tool
