// dlc evaluate: loss and metrics as model.evaluate.
#include "tools/dlc/Commands.h"
#include "tools/dlc/images/ImageFlags.h"
#include "tools/dlc/images/LoadData.h"
#include "tools/dlc/options/Options.h"
#include "tools/dlc/show/Report.h"

#include <fmt/format.h>

namespace dlc::tool {

namespace {

Expected<int> run(const RunOptions &options) {
  auto model = loadModel(options);
  if (!model)
    return Unexpected(model.error());
  auto session = openSession(*model, options);
  if (!session)
    return Unexpected(session.error());
  auto program = requireProgram(*session, "evaluate", options.model.model);
  if (!program)
    return Unexpected(program.error());
  auto loaded = readEvaluationData(options, **program, session->classNames(),
                                   session->pictureFormat());
  if (!loaded)
    return Unexpected(loaded.error());
  auto logs = session->evaluate(loaded->data, model->batch);
  if (!logs)
    return Unexpected(logs.error());
  fmt::print(textStream(options.json), "{}\n", formatLogs(*logs));
  if (auto written = writeJson(toJson(*logs), options.json); !written)
    return Unexpected(written.error());
  return 0;
}

} // namespace

Command addEvaluate(CLI::App &dlc) {
  CLI::App *app =
      dlc.add_subcommand("evaluate", "Loss and metrics as model.evaluate");
  app->footer(
      "Example:\n  dlc evaluate trained.keras --data test.npz --json -\n"
      "  dlc evaluate trained.keras --data test.zip --rescale 1/255");
  auto options = std::make_shared<RunOptions>();
  options->model.programs = {"evaluate"};
  addRunOptions(*app, *options, "file for loss and metrics, or -");
  addImageOptions(*app, *options, /*isTraining=*/false);
  return {app, [options] { return run(*options); }};
}

} // namespace dlc::tool
