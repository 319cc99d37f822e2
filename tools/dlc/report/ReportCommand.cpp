// dlc report: one page about a model's step, its memory and its training.
#include "runtime/artifact/ArtifactFile.h"
#include "runtime/session/profile/LaunchRow.h"
#include "tools/dlc/Commands.h"
#include "tools/dlc/options/Options.h"
#include "tools/dlc/report/Page.h"
#include "tools/dlc/report/ShownProgram.h"
#include "tools/dlc/show/DeviceCosts.h"
#include "tools/dlc/show/Report.h"

#include <cstdlib>
#include <fmt/format.h>

namespace dlc::tool {

namespace {

struct Options {
  ModelOptions model;
  std::string output, history, profile, program;
};

/// A model as it was planned or packed, with its layers if they are known.
struct Shown {
  Plan plan;
  std::optional<LayerGraph> graph;
};

Expected<Shown> loadShown(const ModelOptions &options) {
  Shown shown;
  if (options.model.ends_with(".dlc")) {
    auto model = loadModel(options);
    if (!model)
      return Unexpected(model.error());
    shown.plan.manifest = std::move(model->artifact.manifest);
    return shown;
  }
  CompileOptions compile = options.forCompiler();
  auto graph = describeGraph(options.model, compile);
  if (!graph)
    return Unexpected(graph.error());
  shown.graph = *std::move(graph);
  // The file was read once and had its say.
  compile.onNote = nullptr;
  compile.explain = true;
  auto planned = plan(options.model, compile);
  if (!planned)
    return Unexpected(planned.error());
  shown.plan = *std::move(planned);
  return shown;
}

/// 90 for "cuda:sm_90"; 80, the oldest kind that is compiled for, for "cuda".
int findCapability(const std::vector<std::string> &targets) {
  for (const std::string &target : targets)
    if (size_t at = target.find("sm_"); at != std::string::npos)
      return std::atoi(target.c_str() + at + 3);
  return 80;
}

/// Times by the formula of costs.
void predictTimes(PageContent &content, const Options &options) {
  const artifact::Program &program = content.program;
  bool isOnGpu = program.device == artifact::onCuda;
  DeviceCosts gpu = DeviceCosts::assume(findCapability(options.model.targets));
  for (const artifact::Launch &launch : program.launches) {
    int64_t bytes =
        profile::countTraffic(program, launch, content.manifest.maxBatch);
    content.seconds.push_back(isOnGpu ? gpu.predict(launch, bytes)
                                      : profile::predictOnHost(launch, bytes));
  }
  content.timesAre = fmt::format("predicted for {}, never measured",
                                 isOnGpu ? gpu.device() : profile::nominalCpu);
}

Expected<int> run(const Options &options) {
  if (auto checked = checkOutput(options.output, ".html"); !checked)
    return Unexpected(checked.error());
  std::vector<HistoryChart> history;
  if (!options.history.empty()) {
    auto read = readHistory(options.history);
    if (!read)
      return Unexpected(read.error());
    history = *std::move(read);
  }
  auto shown = loadShown(options.model);
  if (!shown)
    return Unexpected(shown.error());
  auto program = findShownProgram(shown->plan.manifest, options.program,
                                  options.model.model);
  if (!program)
    return Unexpected(program.error());
  PageContent content{shown->plan.manifest, **program};
  content.graph = shown->graph ? &*shown->graph : nullptr;
  content.texts = std::move(shown->plan.texts);
  content.history = std::move(history);
  if (options.profile.empty()) {
    predictTimes(content, options);
  } else {
    auto profile =
        readProfile(options.profile, **program, content.manifest.maxBatch);
    if (!profile)
      return Unexpected(profile.error());
    content.seconds = std::move(profile->seconds);
    content.isMeasured = true;
    content.timesAre =
        fmt::format("measured, means of {} steps", profile->steps);
  }
  if (auto written = writeText(formatPage(content), options.output); !written)
    return Unexpected(written.error());
  return 0;
}

} // namespace

Command addReport(CLI::App &dlc) {
  CLI::App *app = dlc.add_subcommand(
      "report", "A page: curves, kernels, memory over time, costs of layers");
  app->footer(
      "Example:\n"
      "  dlc train model.keras --data data.npz --epochs 5 -o trained.keras \\\n"
      "    --history history.json --profile profile.json\n"
      "  dlc report model.keras -o report.html --history history.json \\\n"
      "    --profile profile.json");
  auto options = std::make_shared<Options>();
  options->model.mustTrain = false;
  addModelOptions(*app, options->model);
  app->add_option("-o,--output", options->output, "the .html file to write")
      ->required();
  app->add_option("--history", options->history,
                  "what dlc train --history wrote: its curves");
  app->add_option("--profile", options->profile,
                  "what dlc train --profile wrote: measured times in place of "
                  "predicted ones");
  addShownProgramOption(*app, options->program);
  return {app, [options] { return run(*options); }};
}

} // namespace dlc::tool
