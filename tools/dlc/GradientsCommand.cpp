// dlc gradients: the loss of one batch and its gradients, in an .npz.
#include "runtime/data/npy/Npz.h"
#include "tools/dlc/Commands.h"
#include "tools/dlc/OutputFiles.h"
#include "tools/dlc/options/Options.h"

#include <fmt/format.h>

namespace dlc::tool {

namespace {

struct Options {
  RunOptions run;
  std::string output;
};

/// All samples are one batch, so the model is compiled for their number: read
/// under any names at first, because the model's are not known yet.
Expected<int64_t> countSamples(const std::string &data) {
  artifact::Program anyNames;
  auto dataset = readData(data, anyNames, DataUse::Train);
  if (!dataset)
    return Unexpected(dataset.error());
  return dataset->size();
}

Expected<int> run(Options options) {
  if (auto checked = checkOutput(options.output, ".npz"); !checked)
    return Unexpected(checked.error());
  if (auto distinct =
          checkDistinct(listInputs(options.run), {{"-o", options.output}});
      !distinct)
    return Unexpected(distinct.error());
  ModelOptions &compiled = options.run.model;
  if (!compiled.batch && !compiled.model.ends_with(".dlc")) {
    auto count = countSamples(options.run.data);
    if (!count)
      return Unexpected(count.error());
    compiled.batch = *count;
  }
  auto model = loadModel(options.run);
  if (!model)
    return Unexpected(model.error());
  auto session = openSession(*model, options.run);
  if (!session)
    return Unexpected(session.error());
  auto program = requireProgram(*session, "gradients", compiled.model);
  if (!program)
    return Unexpected(program.error());
  auto dataset = readData(options.run.data, **program, DataUse::Train);
  if (!dataset)
    return Unexpected(dataset.error());
  auto gradients = session->gradients(*dataset);
  if (!gradients)
    return Unexpected(gradients.error());
  if (auto written = data::writeNpz(*gradients, options.output); !written)
    return Unexpected(written.error());
  return 0;
}

} // namespace

Command addGradients(CLI::App &dlc) {
  CLI::App *app = dlc.add_subcommand(
      "gradients", "Loss of all samples as one batch, and its gradients");
  app->footer("Example:\n  dlc gradients model.keras --data data.npz -o g.npz");
  auto options = std::make_shared<Options>();
  options->run.model.programs = {"gradients"};
  addRunOptions(*app, options->run, nullptr);
  app->add_option("-o,--output", options->output,
                  "the .npz file to write: loss, and an array for each input "
                  "and each weight")
      ->required();
  return {app, [options] { return run(*options); }};
}

} // namespace dlc::tool
