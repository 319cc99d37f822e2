// dlc predict: outputs as model.predict, in an .npz.
#include "runtime/data/npy/Npz.h"
#include "tools/dlc/Commands.h"
#include "tools/dlc/OutputFiles.h"
#include "tools/dlc/images/BestClass.h"
#include "tools/dlc/images/ImageFlags.h"
#include "tools/dlc/images/LoadData.h"
#include "tools/dlc/options/Options.h"

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

/// What is told about each picture, beside the arrays.
Expected<void> tellClasses(const Options &options, const LoadedData &loaded,
                           const NamedTensors &outputs, OutputKind kind,
                           const std::vector<std::string> &classNames) {
  auto best = outputs.size() == 1 ? findBestClasses(outputs[0].second, kind)
                                  : std::nullopt;
  if (!options.run.json.empty()) {
    if (!best)
      return fail("--json", "is given",
                  "it tells the best class of each sample, and the model's "
                  "output is no row of numbers",
                  "leave it out");
    if (auto written = writeJson(toJson(*best, loaded.files, classNames),
                                 options.run.json);
        !written)
      return written;
  }
  if (best && !classNames.empty())
    fmt::print(textStream(options.run.json), "{}",
               formatBestClasses(*best, loaded.files, classNames));
  return {};
}

Expected<int> run(const Options &options) {
  if (auto checked = checkOutput(options.output, ".npz"); !checked)
    return Unexpected(checked.error());
  if (auto distinct =
          checkDistinct(listInputs(options.run),
                        {{"-o", options.output}, {"--json", options.run.json}});
      !distinct)
    return Unexpected(distinct.error());
  auto model = loadModel(options.run);
  if (!model)
    return Unexpected(model.error());
  OutputKind kind = findOutputKind(model->artifact);
  auto session = openSession(*model, options.run);
  if (!session)
    return Unexpected(session.error());
  auto program = requireProgram(*session, "predict", options.run.model.model);
  if (!program)
    return Unexpected(program.error());
  auto loaded =
      readPredictionData(options.run, **program, session->pictureFormat());
  if (!loaded)
    return Unexpected(loaded.error());
  auto outputs = session->predict(loaded->data, model->batch);
  if (!outputs)
    return Unexpected(outputs.error());
  NamedTensors members = nameMembers(*std::move(outputs));
  data::NamedTexts texts;
  if (loaded->isPictures)
    texts.emplace_back("files", loaded->files);
  if (auto written = data::writeNpz(members, options.output, texts); !written)
    return Unexpected(written.error());
  if (auto told =
          tellClasses(options, *loaded, members, kind, session->classNames());
      !told)
    return Unexpected(told.error());
  return 0;
}

} // namespace

Command addPredict(CLI::App &dlc) {
  CLI::App *app = dlc.add_subcommand("predict", "Outputs as model.predict");
  app->footer("Example:\n  dlc predict trained.keras --data x.npy -o y.npz\n"
              "  dlc predict trained.keras --data pictures/ --rescale 1/255 "
              "-o y.npz --json -");
  auto options = std::make_shared<Options>();
  options->run.model.mustTrain = false;
  options->run.model.programs = {"predict"};
  addRunOptions(*app, options->run,
                "file for the best class of each sample, or -");
  addImageOptions(*app, options->run, /*isTraining=*/false);
  app->add_option("-o,--output", options->output,
                  "the .npz file to write: y, or an array an output; of "
                  "pictures also their names, as files")
      ->required();
  return {app, [options] { return run(*options); }};
}

} // namespace dlc::tool
