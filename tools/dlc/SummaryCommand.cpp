// dlc summary: the table of model.summary().
#include "tools/dlc/Commands.h"
#include "tools/dlc/options/Options.h"
#include "tools/dlc/report/Page.h"
#include "tools/dlc/show/Report.h"
#include "tools/dlc/show/SummaryTable.h"

#include <cstdlib>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace dlc::tool {

namespace {

struct Options {
  ModelOptions model;
  std::string json;
  std::string html;
  bool costs = false;
};

/// As Python's shutil.get_terminal_size: COLUMNS, the terminal, or 80.
int64_t terminalColumns() {
  const char *columns = std::getenv("COLUMNS");
  if (columns && std::atol(columns) > 0)
    return std::atol(columns);
  winsize size;
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  return 80;
}

Json toJson(const ModelSummary &summary) {
  Json json;
  json["name"] = summary.name;
  Json &layers = json["layers"] = Json::array();
  for (const LayerSummary &layer : summary.layers) {
    Json row;
    row["name"] = layer.name;
    row["class"] = layer.kerasClass;
    Json &shapes = row["output_shapes"] = Json::array();
    for (const Shape &shape : layer.outputShapes) {
      Json dims = Json::array();
      for (int64_t dim : shape)
        dims.push_back(dim == batchDim ? Json(nullptr) : Json(dim));
      shapes.push_back(dims);
    }
    row["params"] = layer.parameters;
    row["connected_to"] = layer.connectedTo;
    row["bytes"] = layer.bytes;
    row["flops"] = layer.flops;
    layers.push_back(row);
  }
  json["trainable_params"] = summary.trainable;
  json["non_trainable_params"] = summary.nonTrainable;
  json["optimizer_params"] = summary.optimizer;
  return json;
}

Expected<int> run(const Options &options) {
  if (options.model.model.ends_with(".dlc"))
    return fail(options.model.model, "is compiled",
                "its layers have become kernels",
                "use dlc inspect, or give the .keras or .mlir model");
  if (!options.html.empty())
    if (auto checked = checkOutput(options.html, ".html"); !checked)
      return Unexpected(checked.error());
  auto summary = summarize(options.model.model, options.model.forCompiler());
  if (!summary)
    return Unexpected(summary.error());
  if (options.json != "-")
    fmt::print("{}",
               formatSummary(*summary, {terminalColumns(), options.costs}));
  if (!options.html.empty())
    if (auto written = writeText(formatSummaryPage(*summary), options.html);
        !written)
      return Unexpected(written.error());
  if (auto written = writeJson(toJson(*summary), options.json); !written)
    return Unexpected(written.error());
  return 0;
}

} // namespace

Command addSummary(CLI::App &dlc) {
  CLI::App *app = dlc.add_subcommand("summary", "The table of model.summary()");
  app->footer("Example:\n  dlc summary model.keras --costs");
  auto options = std::make_shared<Options>();
  options->model.mustTrain = false;
  app->add_option("MODEL", options->model.model,
                  "a .keras file or folder, or a .mlir layer file")
      ->required();
  app->add_option("--batch", options->model.batch,
                  "samples that bytes and FLOPs are for (default: 32)")
      ->check(CLI::Range(int64_t(1), int64_t(INT32_MAX)));
  app->add_flag("--costs", options->costs,
                "also show bytes of the outputs and FLOPs of the forward pass");
  addInputShapeOption(*app, options->model);
  addPluginOption(*app, options->model);
  app->add_option("--json", options->json, "file for the same as JSON, or -");
  app->add_option("--html", options->html, "file for the same as a page");
  return {app, [options] { return run(*options); }};
}

} // namespace dlc::tool
