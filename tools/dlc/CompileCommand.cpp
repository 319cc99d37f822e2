// dlc compile: a model becomes a .dlc file, or the text of one phase.
#include "runtime/artifact/ArtifactFile.h"
#include "tools/dlc/Commands.h"
#include "tools/dlc/options/Options.h"
#include "tools/dlc/show/Report.h"

#include <fmt/format.h>

namespace dlc::tool {

namespace {

struct Options {
  ModelOptions model;
  std::string output;
  std::string phase;
};

Expected<int> emit(const Options &options) {
  auto text = emitPhase(options.model.model, options.phase,
                        options.model.forCompiler());
  if (!text)
    return Unexpected(text.error());
  if (options.output.empty()) {
    std::fputs(text->c_str(), stdout);
    return 0;
  }
  if (auto written = writeText(*text, options.output); !written)
    return Unexpected(written.error());
  return 0;
}

Expected<int> run(const Options &options) {
  if (options.model.model.ends_with(".dlc"))
    return fail(options.model.model, "is compiled already",
                "an artifact holds no model to compile",
                "give the .keras or .mlir file that it was made from; dlc "
                "inspect tells what is in it");
  if (!options.output.empty())
    if (auto checked =
            checkOutput(options.output, options.phase.empty() ? ".dlc" : "");
        !checked)
      return Unexpected(checked.error());
  if (!options.phase.empty())
    return emit(options);
  auto artifact = compile(options.model.model, options.model.forCompiler());
  if (!artifact)
    return Unexpected(artifact.error());
  if (auto written = artifact::writeFile(*artifact, options.output); !written)
    return Unexpected(written.error());
  return 0;
}

} // namespace

Command addCompile(CLI::App &dlc) {
  CLI::App *app = dlc.add_subcommand(
      "compile", "Compile train, evaluate and predict steps ahead of time");
  app->footer(
      "Example:\n  dlc compile model.keras --batch 128 -o model.dlc\n"
      "  dlc compile model.keras --emit fused\n"
      "Phases: layer, prim, train, simplify, fused, plan, llvm, cuda, ptx\n"
      "(one text for all GPUs from sm_80 on)");
  auto options = std::make_shared<Options>();
  addModelOptions(*app, options->model);
  app->add_option("-o,--output", options->output, "the .dlc file to write");
  app->add_option("--emit", options->phase,
                  "print the IR, or text, after this phase instead");
  app->add_flag("--explain", options->model.explain,
                "launches keep why they were formed, for dlc inspect "
                "--explain OUT.dlc");
  app->callback([options] {
    if (options->output.empty() && options->phase.empty())
      throw CLI::RequiredError("-o or --emit");
  });
  return {app, [options] { return run(*options); }};
}

} // namespace dlc::tool
