// dlc inspect: kernels, memory and costs of each compiled step.
#include "tools/dlc/Commands.h"
#include "tools/dlc/Gpus.h"
#include "tools/dlc/options/Options.h"
#include "tools/dlc/show/Inspection.h"

#include <algorithm>
#include <fmt/format.h>

namespace dlc::tool {

namespace {

struct Options {
  ModelOptions model;
  std::string json;
  bool explain = false;
};

/// Registers and spills are known of cubins only: where just "cuda" is asked
/// for, one is made to look at.
ModelOptions withCubin(ModelOptions model) {
  auto isPlain = [](const std::string &target) { return target == "cuda"; };
  auto isCubin = [](const std::string &target) {
    return target.find("sm_") != std::string::npos;
  };
  if (model.targets.empty() && !model.model.ends_with(".dlc"))
    model.targets = {findDefaultTarget()};
  if (std::ranges::any_of(model.targets, isPlain) &&
      std::ranges::none_of(model.targets, isCubin))
    model.targets.push_back("cuda:sm_80");
  return model;
}

Expected<int> run(const Options &options) {
  ModelOptions asked = withCubin(options.model);
  asked.explain = options.explain;
  auto model = loadModel(asked);
  if (!model)
    return Unexpected(model.error());
  if (options.json != "-")
    fmt::print("{}", formatInspection(model->artifact, options.explain));
  if (auto written = writeJson(inspectToJson(model->artifact, options.explain),
                               options.json);
      !written)
    return Unexpected(written.error());
  return 0;
}

} // namespace

Command addInspect(CLI::App &dlc) {
  CLI::App *app = dlc.add_subcommand(
      "inspect", "Kernels, memory and costs of each compiled step");
  app->footer("Example:\n  dlc inspect model.keras --batch 128 --explain");
  auto options = std::make_shared<Options>();
  options->model.mustTrain = false;
  addModelOptions(*app, options->model);
  app->add_flag(
      "--explain", options->explain,
      "a line a kernel: what it does, for which layers, why it was "
      "formed and what kept it from growing; and a line a layer: what "
      "it costs");
  app->add_option("--json", options->json, "file for the same as JSON, or -");
  return {app, [options] { return run(*options); }};
}

} // namespace dlc::tool
