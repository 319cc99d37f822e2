// dlc predict: outputs as model.predict, in an .npz.
#include "runtime/data/Npz.h"
#include "tools/dlc/Commands.h"
#include "tools/dlc/Options.h"

#include <fmt/format.h>
#include <set>

namespace dlc::tool {

namespace {

struct Options {
  RunOptions run;
  std::string output;
};

/// `y` for one output, else each output's name, repeats with _1, _2.
NamedTensors nameMembers(NamedTensors outputs) {
  if (outputs.size() == 1) {
    outputs.front().first = "y";
    return outputs;
  }
  std::set<std::string> taken;
  for (auto &[name, tensor] : outputs) {
    std::string member = name;
    for (int i = 1; !taken.insert(member).second; ++i)
      member = fmt::format("{}_{}", name, i);
    name = member;
  }
  return outputs;
}

Expected<int> run(const Options &options) {
  if (auto checked = checkOutput(options.output, ".npz"); !checked)
    return Unexpected(checked.error());
  auto model = loadModel(options.run);
  if (!model)
    return Unexpected(model.error());
  auto session = openSession(*model, options.run);
  if (!session)
    return Unexpected(session.error());
  auto program = requireProgram(*session, "predict", options.run.model.model);
  if (!program)
    return Unexpected(program.error());
  auto dataset = readData(options.run.data, **program, DataUse::Predict);
  if (!dataset)
    return Unexpected(dataset.error());
  auto outputs = session->predict(*dataset, model->batch);
  if (!outputs)
    return Unexpected(outputs.error());
  auto written =
      data::writeNpz(nameMembers(*std::move(outputs)), options.output);
  if (!written)
    return Unexpected(written.error());
  return 0;
}

} // namespace

Command addPredict(CLI::App &dlc) {
  CLI::App *app = dlc.add_subcommand("predict", "Outputs as model.predict");
  app->footer("Example:\n  dlc predict trained.keras --data x.npy -o y.npz");
  auto options = std::make_shared<Options>();
  options->run.model.mustTrain = false;
  options->run.model.programs = {"predict"};
  addRunOptions(*app, options->run, nullptr);
  app->add_option("-o,--output", options->output,
                  "the .npz file to write: y, or an array an output")
      ->required();
  return {app, [options] { return run(*options); }};
}

} // namespace dlc::tool
