// dlc train: model.compile and model.fit, and the trained model saved.
#include "runtime/session/profile/Profile.h"
#include "runtime/session/profile/Trace.h"
#include "tools/dlc/Commands.h"
#include "tools/dlc/Interrupt.h"
#include "tools/dlc/OutputFiles.h"
#include "tools/dlc/images/ImageFlags.h"
#include "tools/dlc/images/LoadData.h"
#include "tools/dlc/options/BackupFlags.h"
#include "tools/dlc/options/CallbackOptions.h"
#include "tools/dlc/options/ClassWeight.h"
#include "tools/dlc/options/Options.h"
#include "tools/dlc/show/Line.h"
#include "tools/dlc/show/ProcessStats.h"
#include "tools/dlc/show/Progress.h"
#include "tools/dlc/show/Report.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <fmt/format.h>
#include <numeric>

namespace dlc::tool {

namespace {

struct Options {
  RunOptions run;
  FitOptions fit;
  callbacks::Settings callbacks;
  std::string output;
  std::string validationData;
  std::string classWeight;
  std::string history;
  std::string profile;
  std::string trace;
  int64_t traceSteps = 20;
  int64_t logEvery = 0;
  BackupFlags backup;
};

Expected<void> checkOutputs(const Options &options) {
  std::vector<NamedPath> outputs = {{"-o", options.output},
                                    {"--history", options.history},
                                    {"--profile", options.profile},
                                    {"--trace", options.trace},
                                    {"--json", options.run.json}};
  for (const NamedPath &output : outputs)
    if (!output.path.empty() && output.path != "-")
      if (auto checked = checkOutput(output.path); !checked)
        return checked;
  auto written = callbacks::listWritten(options.callbacks, nameFlag);
  if (!written)
    return Unexpected(written.error());
  for (const callbacks::WrittenPath &output : *written)
    outputs.push_back({output.setting, output.path});
  outputs.push_back({"--backup", options.backup.resume.empty()
                                     ? options.backup.backup
                                     : options.backup.resume});
  std::vector<NamedPath> inputs = listInputs(options.run);
  addDataFiles(inputs, "--validation-data", options.validationData);
  if (auto checked = checkDistinct(inputs, outputs); !checked)
    return checked;
  // A suffix that cannot be saved would be noticed after hours.
  return checkModelOutput(options.output);
}

/// Keras' History.history; the loss of every `logEvery`th step as batch_loss.
Json historyToJson(const History &history, int64_t logEvery) {
  Json json = Json::object();
  for (const auto &[name, values] : history.epochs)
    json[name] = values;
  if (logEvery <= 0)
    return json;
  Json &losses = json["batch_loss"] = Json::array();
  for (auto i = size_t(logEvery); i <= history.batchLoss.size();
       i += size_t(logEvery))
    losses.push_back(history.batchLoss[i - 1]);
  return json;
}

double median(std::vector<double> values) {
  if (values.empty())
    return 0;
  size_t middle = values.size() / 2;
  std::ranges::nth_element(values, values.begin() + long(middle));
  double upper = values[middle];
  if (values.size() % 2 == 1)
    return upper;
  return (*std::max_element(values.begin(), values.begin() + long(middle)) +
          upper) /
         2;
}

/// The numbers of --json.
struct Measured {
  double startupSeconds = 0;
  double compileSeconds = 0;
  int64_t samples = 0; // over all steps
  int64_t steps = 0;
  /// Processor time of all threads at the ends of the first launch, of so many
  /// steps, and of the last.
  std::clock_t afterFirst = 0, afterLast = 0;
  int64_t firstSteps = 0;
  uint64_t arenaBytes = 0;
  Logs last;
};

Json measuredToJson(const Measured &measured, const History &history) {
  const std::vector<double> &steps = history.stepMilliseconds;
  double total = std::accumulate(steps.begin(), steps.end(), 0.0);
  Json json;
  json["startup_s"] = measured.startupSeconds;
  json["compile_s"] = measured.compileSeconds;
  json["steps"] = steps.size();
  json["step_ms"] = median(steps);
  if (measured.steps > measured.firstSteps)
    json["cpu_ms"] = 1e3 * double(measured.afterLast - measured.afterFirst) /
                     CLOCKS_PER_SEC /
                     double(measured.steps - measured.firstSteps);
  json["samples_per_s"] =
      total > 0 ? double(measured.samples) / (total * 1e-3) : 0;
  json["data_wait_ms"] = median(history.dataMilliseconds);
  json["peak_rss_bytes"] = peakResidentBytes();
  json["arena_bytes"] = measured.arenaBytes;
  json["metrics"] = toJson(measured.last);
  return json;
}

/// Saves what training had reached when it, or saving, failed: beside the file
/// that was asked for, or where that disk is full among the temporary files.
/// Says so. The history has the epochs that were whole.
Error rescue(const Session &session, const Options &options, const Json &epochs,
             Error error) {
  std::string path = options.output;
  for (const char *suffix : {".weights.h5", ".keras", ".h5", ".hdf5"})
    if (path.ends_with(suffix)) {
      path.insert(path.size() - std::strlen(suffix), ".rescued");
      break;
    }
  auto saved = session.save(path);
  std::error_code none;
  if (auto folder = std::filesystem::temp_directory_path(none);
      !saved && !none) {
    path = folder / std::filesystem::path(path).filename();
    saved = session.save(path);
  }
  error.remedy +=
      fmt::format("{}{}", error.remedy.empty() ? "" : "; ",
                  saved ? fmt::format("what was trained is in {}", path)
                        : fmt::format("saving what was trained failed too: {}",
                                      saved.error().message()));
  if (!options.history.empty() && options.history != "-" && !epochs.empty() &&
      !writeJson(epochs, options.history))
    error.remedy += fmt::format("; {} was not written", options.history);
  return error;
}

/// Of a run that had ended when it was to go on.
void tellNothingLeft(const Options &options, const History &history) {
  fmt::print(
      stderr, "dlc: {}the run in {}{}: nothing was left but to save {}; {}\n",
      history.ended ? "a callback had ended " : "",
      options.fit.backup->folder.string(), history.ended ? "" : " had ended",
      options.output,
      history.ended
          ? "more --epochs do not go on with it: train what was saved in "
            "a new run"
          : "more --epochs go on with it");
}

/// Options that only do something beside others, which are not there.
Expected<void> checkIdle(const CLI::App &app, const Options &options) {
  bool validates =
      options.fit.validationSplit > 0 || !options.validationData.empty();
  for (const char *name : {"--validation-steps", "--validation-batch",
                           "--validation-freq", "--validation-epochs"})
    if (!validates && app.count(name) > 0)
      return fail(name, "is given", "no data validate",
                  "give --validation-split or --validation-data, or leave it "
                  "out");
  if (options.trace.empty() && app.count("--trace-steps") > 0)
    return fail("--trace-steps", "is given", "no trace is written",
                "give --trace FILE, or leave it out");
  return {};
}

Expected<int> run(const CLI::App &app, Options options) {
  if (auto checked = checkIdle(app, options); !checked)
    return Unexpected(checked.error());
  if (auto checked = checkOutputs(options); !checked)
    return Unexpected(checked.error());
  auto classWeight = parseClassWeight(options.classWeight);
  if (!classWeight)
    return Unexpected(classWeight.error());
  auto callbacks = callbacks::makeCallbacks(options.callbacks, nameFlag);
  if (!callbacks)
    return Unexpected(callbacks.error());
  for (const std::unique_ptr<Callback> &callback : *callbacks)
    options.fit.callbacks.objects.push_back(callback.get());
  auto backup = toBackupOptions(options.backup);
  if (!backup)
    return Unexpected(backup.error());
  options.fit.backup = *std::move(backup);
  options.fit.profile = !options.profile.empty() || !options.trace.empty();
  if (!options.trace.empty())
    options.fit.traceSteps = options.traceSteps;

  options.run.model.programs = {"train"};
  if (options.fit.validationSplit > 0 || !options.validationData.empty())
    options.run.model.programs.push_back("evaluate");
  auto model = loadModel(options.run);
  if (!model)
    return Unexpected(model.error());
  auto session = openSession(*model, options.run);
  if (!session)
    return Unexpected(session.error());
  const std::string &name = options.run.model.model;
  auto program = requireProgram(*session, "train", name);
  if (!program)
    return Unexpected(program.error());
  auto loaded =
      readTrainingData(options.run, **program, options.fit.validationSplit,
                       options.validationData, session->pictureFormat());
  if (!loaded)
    return Unexpected(loaded.error());
  auto weights = data::numberClasses(*classWeight, loaded->data.classNames,
                                     "--class-weight");
  if (!weights)
    return Unexpected(weights.error());
  options.fit.classWeight = *std::move(weights);
  if (loaded->validation) {
    options.fit.validationData = &*loaded->validation;
    options.fit.validationSplit = 0;
  }

  FitOptions &fit = options.fit;
  fit.batch = model->batch;
  fit.logBatchLoss = options.logEvery > 0;
  // As often as the bar is drawn.
  fit.callbacks.logSeconds = 0.1;
  Progress progress(textStream(options.run.json));
  Measured measured;
  measured.compileSeconds = model->compileSeconds;
  measured.arenaBytes = (*program)->arenaBytes;
  Json epochs = Json::object();          // the history so far
  int64_t lastStep = 0, lastSamples = 0; // of the epoch, that were told
  fit.callbacks.onStep = [&](const EpochInfo &info) {
    if (measured.samples == 0)
      measured.startupSeconds = secondsSinceStart() - info.secondsInEpoch;
    lastStep = std::max(lastStep, info.stepsBefore);
    measured.samples += info.samples - lastSamples;
    measured.steps += info.step - lastStep;
    lastSamples = info.samples;
    lastStep = info.step;
    measured.last = info.logs;
    measured.afterLast = std::clock();
    if (measured.firstSteps == 0) {
      measured.firstSteps = measured.steps;
      measured.afterFirst = measured.afterLast;
    }
    progress.onStep(info);
  };
  bool toldShort = false;
  fit.callbacks.onEpochEnd = [&](const EpochInfo &info) {
    if (!toldShort && fit.stepsPerEpoch && info.steps < *fit.stepsPerEpoch) {
      toldShort = true;
      fit.callbacks.onNote(
          fmt::format("epoch {} ended after {} of {} steps, where the data did",
                      info.epoch, info.steps, *fit.stepsPerEpoch));
    }
    measured.last = info.logs;
    lastStep = lastSamples = 0;
    for (const auto &[name, value] : info.logs)
      epochs[name].push_back(value);
    progress.onEpochEnd(info);
  };
  fit.callbacks.onNote = [&](const std::string &note) {
    progress.finish();
    fmt::print(stderr, "dlc: note: {}\n", toLine(note));
  };
  InterruptDelay interrupt;
  fit.callbacks.shouldStop = [&] { return interrupt.asked(); };
  auto history = session->fit(loaded->data, fit);
  progress.finish();
  if (!history)
    return Unexpected(measured.samples > 0
                          ? rescue(*session, options, epochs, history.error())
                          : history.error());

  if (auto saved = session->save(options.output); !saved)
    return Unexpected(rescue(*session, options,
                             historyToJson(*history, options.logEvery),
                             saved.error()));
  if (!options.history.empty())
    if (auto written = writeJson(historyToJson(*history, options.logEvery),
                                 options.history);
        !written)
      return Unexpected(written.error());
  if (!options.profile.empty())
    if (auto written = writeJson(
            profile::profileToJson(session->manifest(), **program, *history),
            options.profile);
        !written)
      return Unexpected(written.error());
  if (!options.trace.empty())
    if (auto written = writeJson(
            profile::traceToJson(session->manifest(), **program, *history),
            options.trace);
        !written)
      return Unexpected(written.error());
  if (auto written =
          writeJson(measuredToJson(measured, *history), options.run.json);
      !written)
    return Unexpected(written.error());
  size_t steps = history->stepMilliseconds.size();
  if (fit.backup && fit.backup->resume && steps == 0)
    tellNothingLeft(options, *history);
  if (!interrupt.asked())
    return 0;
  fmt::print(stderr, "dlc: stopped after {} steps and saved {}{}\n",
             size_t(history->stepsBefore) + steps, options.output,
             fit.backup ? fmt::format("; --resume {} goes on",
                                      fit.backup->folder.string())
                        : "");
  return interrupt.exitCode();
}

/// Whether the text is a number of at least 0 and less than 1.
std::string checkFraction(const std::string &text) {
  double value = -1;
  if (CLI::detail::lexical_cast(text, value) && value >= 0 && value < 1)
    return {};
  return fmt::format("{} is not at least 0 and less than 1", text);
}

void addFitOptions(CLI::App &app, Options &options) {
  FitOptions &fit = options.fit;
  app.add_option("--epochs", fit.epochs, "passes over the data (default: 1)")
      ->check(CLI::Range(int64_t(1), int64_t(INT32_MAX)));
  app.add_option("--initial-epoch", fit.initialEpoch,
                 "the epoch to start at, from 0 (default: 0)")
      ->check(CLI::Range(int64_t(0), int64_t(INT32_MAX)));
  app.add_option("--steps-per-epoch", fit.stepsPerEpoch,
                 "batches that make an epoch; the next one goes on behind them "
                 "(default: all)")
      ->check(CLI::Range(int64_t(1), int64_t(INT32_MAX)));
  app.add_option("--steps", fit.maxSteps, "stop after this many steps in all")
      ->check(CLI::Range(int64_t(1), INT64_MAX));
  app.add_option("--steps-per-launch", fit.stepsPerLaunch,
                 "steps that a GPU is given at once, with progress and Ctrl-C "
                 "between (default: steps_per_execution of model.compile, 1)")
      ->check(CLI::Range(int64_t(1), int64_t(INT32_MAX)));
  app.add_option("--rescue-seconds", options.run.rescueSeconds,
                 "how often a GPU's weights are copied to the host, for faults "
                 "(default: 60)")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--shuffle,!--no-shuffle", fit.shuffle,
               "whether each epoch has a new order (default: yes)");
  auto *split = app.add_option("--validation-split", fit.validationSplit,
                               "the last part of the data, as a fraction, "
                               "validates; of pictures the first of each "
                               "class")
                    ->check(checkFraction);
  app.add_option("--validation-data", options.validationData,
                 "data that validates after each epoch, as --data")
      ->excludes(split);
  app.add_option("--validation-steps", fit.validationSteps,
                 "only the first so many batches validate (default: all)")
      ->check(CLI::Range(int64_t(1), int64_t(INT32_MAX)));
  app.add_option("--validation-batch", fit.validationBatch,
                 "samples of a step of validation (default: --batch)")
      ->check(CLI::Range(int64_t(1), int64_t(INT32_MAX)));
  auto *often = app.add_option("--validation-freq", fit.validationFreq,
                               "validate after each so many epochs (default: "
                               "1)")
                    ->check(CLI::Range(int64_t(1), int64_t(INT32_MAX)));
  app.add_option("--validation-epochs", fit.validationEpochs,
                 "validate after these epochs alone, counted from 1: 1,5,10")
      ->delimiter(',')
      ->excludes(often)
      ->check(CLI::Range(int64_t(1), int64_t(INT32_MAX)));
  app.add_option("--class-weight", options.classWeight,
                 "weights of the loss by class: 0=1,1=2.5, names of class "
                 "folders as in cat=1,dog=2.5, or JSON");
  app.add_option("--history", options.history,
                 "JSON file for Keras' History.history, or -");
  app.add_option("--profile", options.profile,
                 "JSON file for the time of each kernel and library call, or "
                 "-");
  app.add_option("--trace", options.trace,
                 "JSON file of Chrome trace events for ui.perfetto.dev: steps, "
                 "data, launches with their layers and bytes");
  app.add_option("--trace-steps", options.traceSteps,
                 "the first so many timed steps go into the trace (default: "
                 "20)")
      ->check(CLI::Range(int64_t(1), int64_t(100'000)));
  app.add_option("--log-every", options.logEvery,
                 "also put the loss of each Nth step into the history")
      ->check(CLI::Range(int64_t(1), INT64_MAX));
}

} // namespace

Command addTrain(CLI::App &dlc) {
  CLI::App *app =
      dlc.add_subcommand("train", "Train as model.compile and model.fit would");
  app->footer("Example:\n"
              "  dlc train model.keras --data data.npz --epochs 5 -o "
              "trained.keras\n"
              "  dlc train model.mlir --optimizer 'adam(learning_rate=1e-3)' "
              "\\\n    --loss sparse_categorical_crossentropy --metrics "
              "accuracy \\\n    --data x.npy,y.npy -o trained.keras\n"
              "  dlc train model.keras --data train.zip --rescale 1/255 "
              "\\\n    --augment rotation_range=20,horizontal_flip=true "
              "--validation-split 0.1 \\\n    --epochs 20 -o "
              "trained.keras");
  auto options = std::make_shared<Options>();
  addRunOptions(*app, options->run, "file for times and last metrics, or -");
  app->add_option("-o,--output", options->output,
                  "the trained .keras, .h5, or .weights.h5, to write")
      ->required();
  addFitOptions(*app, *options);
  addCallbackOptions(*app, options->callbacks);
  addBackupFlags(*app, options->backup);
  addImageOptions(*app, options->run, /*isTraining=*/true);
  return {app, [app, options] { return run(*app, *options); }};
}

} // namespace dlc::tool
