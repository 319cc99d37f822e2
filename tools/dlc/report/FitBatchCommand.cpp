// dlc fit-batch: the largest batch that fits, from the plan alone.
#include "tools/dlc/Commands.h"
#include "tools/dlc/draw/Sizes.h"
#include "tools/dlc/options/Options.h"
#include "tools/dlc/report/FitBatch.h"
#include "tools/dlc/report/MemoryMap.h"
#include "tools/dlc/show/Line.h"
#include "tools/dlc/show/Report.h"

#include <algorithm>
#include <fmt/format.h>

namespace dlc::tool {

namespace {

/// How many holders of memory the text names; JSON has all.
constexpr size_t mostShown = 8;

struct Options {
  ModelOptions model;
  FitBatchOptions fit;
  std::string json;
};

/// What explains the result: its plan's memory over time.
struct Peak {
  std::string launch;
  std::vector<std::pair<std::string, uint64_t>> holders;
};

Peak findPeak(const FitBatchResult &result, const std::string &name) {
  auto program = std::ranges::find(result.manifest.programs, name,
                                   &artifact::Program::name);
  MemoryMap map = mapMemory(*program, result.manifest.maxBatch);
  std::string launch;
  if (map.peak < program->launches.size())
    launch = program->launches[map.peak].name;
  return {launch, map.listHolders()};
}

Json toJson(const MemoryNeed &need) {
  return {{"batch", need.batch},           {"total_bytes", need.total()},
          {"state_bytes", need.states},    {"arena_bytes", need.arena},
          {"scratch_bytes", need.scratch}, {"input_bytes", need.inputs}};
}

Json toJson(const FitBatchResult &result, const Options &options,
            const Peak &peak) {
  Json json = toJson(result.fits);
  json["program"] = options.fit.program;
  json["limit_bytes"] = options.fit.limit;
  json["next"] = result.next ? toJson(*result.next) : Json(nullptr);
  json["obstacle"] =
      result.obstacle.empty() ? Json(nullptr) : Json(result.obstacle);
  json["plans"] = result.plans;
  json["peak_launch"] = peak.launch;
  Json &holders = json["holders"] = Json::array();
  for (const auto &[layer, bytes] : peak.holders)
    holders.push_back({{"layer", layer}, {"bytes", bytes}});
  return json;
}

std::string formatResult(const FitBatchResult &result, const Options &options,
                         const Peak &peak) {
  const MemoryNeed &fits = result.fits;
  std::string text = fmt::format(
      "Batch {}: {} takes {} of {}\n", fits.batch, options.fit.program,
      formatSize(double(fits.total())), formatSize(double(options.fit.limit)));
  const std::pair<const char *, uint64_t> parts[] = {
      {"weights and other state", fits.states},
      {"tensors of a step", fits.arena},
      {"scratch of the library", fits.scratch},
      {"batches that wait", fits.inputs}};
  for (auto [what, bytes] : parts)
    if (bytes > 0)
      text += fmt::format("  {:<24} {:>12}\n", what, formatSize(double(bytes)));
  if (result.next)
    text += fmt::format("Batch {} would take {}\n", result.next->batch,
                        formatSize(double(result.next->total())));
  else if (!result.obstacle.empty())
    text += fmt::format("Batch {} cannot be had: {}\n", fits.batch + 1,
                        toLine(result.obstacle));
  else
    text += "Larger batches were not tried\n";
  text += fmt::format("Most is held during {}, by\n", toLine(peak.launch));
  for (size_t i = 0; i < std::min(peak.holders.size(), mostShown); ++i)
    text += fmt::format("  {:<40} {:>12}\n", toLine(peak.holders[i].first),
                        formatSize(double(peak.holders[i].second)));
  if (peak.holders.size() > mostShown)
    text += fmt::format("  and {} others\n", peak.holders.size() - mostShown);
  return text;
}

Expected<int> run(Options options) {
  if (options.model.model.ends_with(".dlc"))
    return fail(options.model.model, "is compiled already",
                "its batch is fixed", "give the .keras or .mlir model");
  if (options.model.batch)
    return fail("--batch", "is given", "it is what this command looks for",
                "leave it out");
  if (!options.model.memoryLimit)
    return fail("--memory-limit", "is missing",
                "a batch can only fit a number of bytes",
                "give it, as in --memory-limit 8GiB");
  options.fit.limit = *options.model.memoryLimit;
  CompileOptions compile = options.model.forCompiler();
  compile.memoryLimit.reset();
  auto result = fitBatch(options.model.model, compile, options.fit);
  if (!result)
    return Unexpected(result.error());
  Peak peak = findPeak(*result, options.fit.program);
  if (options.json != "-")
    fmt::print("{}", formatResult(*result, options, peak));
  if (auto written = writeJson(toJson(*result, options, peak), options.json);
      !written)
    return Unexpected(written.error());
  return 0;
}

} // namespace

Command addFitBatch(CLI::App &dlc) {
  CLI::App *app = dlc.add_subcommand(
      "fit-batch", "The largest batch that fits, from the plan alone");
  app->footer("Example:\n  dlc fit-batch model.keras --memory-limit 8GiB");
  auto options = std::make_shared<Options>();
  options->model.mustTrain = false;
  addModelOptions(*app, options->model);
  app->add_option("--program", options->fit.program,
                  "the step that is to fit (default: train)")
      ->check(CLI::IsMember({"train", "evaluate", "predict"}));
  app->add_flag("--recompute", options->fit.recompute,
                "tensors may be computed twice to fit, as dlc train "
                "--memory-limit does; slower to find");
  app->add_option("--threads", options->fit.threads,
                  "threads that the library's scratch is counted for "
                  "(default: as many as there are cores)")
      ->check(CLI::Range(1, 4096));
  app->add_option("--json", options->json, "file for the same as JSON, or -");
  return {app, [options] { return run(*options); }};
}

} // namespace dlc::tool
