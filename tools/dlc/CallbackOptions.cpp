// The options of dlc train that are Keras' callbacks.
#include "tools/dlc/CallbackOptions.h"

#include "runtime/core/SettingList.h"
#include "runtime/session/callbacks/CSVLogger.h"
#include "runtime/session/callbacks/EarlyStopping.h"
#include "runtime/session/callbacks/ModelCheckpoint.h"
#include "runtime/session/callbacks/ReduceLROnPlateau.h"
#include "runtime/session/callbacks/TerminateOnNaN.h"
#include "runtime/session/callbacks/tensorboard/TensorBoard.h"

#include <array>
#include <charconv>

namespace dlc::tool {

namespace {

using Made = Expected<std::unique_ptr<Callback>>;

/// What callbacks with a monitor share. Names are those of Keras' arguments.
template <typename Options> void addMonitor(SettingList &list, Options &to) {
  using callbacks::Mode;
  list.add("monitor", to.monitor);
  list.add("mode", {"auto", "min", "max"}, [&to](size_t choice) {
    to.mode = std::array{Mode::Auto, Mode::Min, Mode::Max}[choice];
  });
  list.add("verbose", to.verbose);
}

/// A word, or after how many steps.
void addFrequency(SettingList &list, const char *name,
                  std::optional<int64_t> &to) {
  list.add(name, "epoch, batch, or a number of steps",
           [&to](std::string_view text) {
             to.reset();
             if (text == "batch")
               to = 1;
             if (text == "batch" || text == "epoch")
               return true;
             int64_t steps = 0;
             const char *last = text.data() + text.size();
             auto [end, code] = std::from_chars(text.data(), last, steps);
             to = steps;
             return code == std::errc() && end == last && steps > 0;
           });
}

/// A list of settings, or the one value that is needed.
Expected<void> readWithPath(const SettingList &list, const std::string &text,
                            const char *option, const char *name,
                            std::string &path) {
  if (!SettingList::isList(text)) {
    path = text;
    return {};
  }
  if (auto read = list.read(text); !read)
    return read;
  if (path.empty())
    return fail(option, std::string("has no setting \"") + name + "\"",
                "it says what is written", std::string("add ") + name + "=...");
  return {};
}

Made makeEarlyStopping(const std::string &text) {
  callbacks::EarlyStopping::Options options;
  SettingList list("--early-stopping");
  addMonitor(list, options);
  list.add("min_delta", options.minDelta);
  list.add("patience", options.patience);
  list.add("baseline", options.baseline);
  list.add("restore_best_weights", options.restoreBestWeights);
  list.add("start_from_epoch", options.startFromEpoch);
  if (auto read = list.read(text); !read)
    return Unexpected(read.error());
  return std::make_unique<callbacks::EarlyStopping>(std::move(options));
}

Made makeReduceLR(const std::string &text) {
  callbacks::ReduceLROnPlateau::Options options;
  SettingList list("--reduce-lr");
  addMonitor(list, options);
  list.add("factor", options.factor);
  list.add("patience", options.patience);
  list.add("min_delta", options.minDelta);
  list.add("cooldown", options.cooldown);
  list.add("min_lr", options.minLR);
  if (auto read = list.read(text); !read)
    return Unexpected(read.error());
  return std::make_unique<callbacks::ReduceLROnPlateau>(std::move(options));
}

Expected<callbacks::ModelCheckpoint::Options>
readCheckpoint(const std::string &text) {
  callbacks::ModelCheckpoint::Options options;
  SettingList list("--checkpoint");
  addMonitor(list, options);
  list.add("filepath", options.filepath);
  list.add("save_best_only", options.saveBestOnly);
  list.add("save_weights_only", options.saveWeightsOnly);
  addFrequency(list, "save_freq", options.saveFreq);
  list.add("initial_value_threshold", options.initialValueThreshold);
  if (auto read = readWithPath(list, text, "--checkpoint", "filepath",
                               options.filepath);
      !read)
    return Unexpected(read.error());
  return options;
}

Expected<callbacks::CSVLogger::Options> readCSVLogger(const std::string &text) {
  callbacks::CSVLogger::Options options;
  SettingList list("--csv-log");
  list.add("filename", options.filename);
  list.add("separator", options.separator);
  list.add("append", options.append);
  if (auto read =
          readWithPath(list, text, "--csv-log", "filename", options.filename);
      !read)
    return Unexpected(read.error());
  return options;
}

Expected<callbacks::TensorBoard::Options>
readTensorBoard(const std::string &text) {
  callbacks::TensorBoard::Options options;
  if (SettingList::isList(text))
    options.logDir.clear();
  SettingList list("--tensorboard");
  list.add("log_dir", options.logDir);
  addFrequency(list, "update_freq", options.updateFreq);
  list.add("write_steps_per_second", options.writeStepsPerSecond);
  if (auto read =
          readWithPath(list, text, "--tensorboard", "log_dir", options.logDir);
      !read)
    return Unexpected(read.error());
  return options;
}

/// A callback of the options that were read.
template <typename Kind, typename Options>
Made make(Expected<Options> options) {
  if (!options)
    return Unexpected(options.error());
  return std::make_unique<Kind>(*std::move(options));
}

} // namespace

Expected<std::vector<NamedPath>> listOutputs(const CallbackOptions &options) {
  std::vector<NamedPath> outputs;
  for (const std::string &checkpoint : options.checkpoints) {
    auto read = readCheckpoint(checkpoint);
    if (!read)
      return Unexpected(read.error());
    outputs.push_back({"--checkpoint", read->filepath});
  }
  if (!options.csvLog.empty()) {
    auto read = readCSVLogger(options.csvLog);
    if (!read)
      return Unexpected(read.error());
    outputs.push_back({"--csv-log", read->filename});
  }
  if (!options.tensorBoard.empty()) {
    auto read = readTensorBoard(options.tensorBoard);
    if (!read)
      return Unexpected(read.error());
    outputs.push_back({"--tensorboard", read->logDir});
  }
  return outputs;
}

Expected<std::vector<std::unique_ptr<Callback>>>
makeCallbacks(const CallbackOptions &options) {
  std::vector<Made> made;
  if (!options.reduceLR.empty())
    made.push_back(makeReduceLR(options.reduceLR));
  if (!options.earlyStopping.empty())
    made.push_back(makeEarlyStopping(options.earlyStopping));
  if (options.terminateOnNaN)
    made.push_back(std::make_unique<callbacks::TerminateOnNaN>());
  for (const std::string &checkpoint : options.checkpoints)
    made.push_back(
        make<callbacks::ModelCheckpoint>(readCheckpoint(checkpoint)));
  if (!options.csvLog.empty())
    made.push_back(make<callbacks::CSVLogger>(readCSVLogger(options.csvLog)));
  if (!options.tensorBoard.empty())
    made.push_back(
        make<callbacks::TensorBoard>(readTensorBoard(options.tensorBoard)));
  std::vector<std::unique_ptr<Callback>> callbacks;
  for (Made &one : made) {
    if (!one)
      return Unexpected(one.error());
    callbacks.push_back(*std::move(one));
  }
  return callbacks;
}

void addCallbackOptions(CLI::App &app, CallbackOptions &options) {
  const char *group = "Callbacks, with Keras' arguments as NAME=VALUE,...";
  app.add_option("--early-stopping", options.earlyStopping,
                 "stop when a value no longer improves: "
                 "'monitor=val_loss,patience=3,restore_best_weights=true'; "
                 "also min_delta, mode, baseline, start_from_epoch, verbose")
      ->group(group);
  app.add_option("--checkpoint", options.checkpoints,
                 "save the model after each epoch: a file, as in "
                 "'best-{epoch:02d}.keras', or "
                 "'filepath=best.keras,save_best_only=true'; also monitor, "
                 "mode, save_weights_only, save_freq, "
                 "initial_value_threshold, verbose; may be repeated")
      ->allow_extra_args(false)
      ->group(group);
  app.add_option("--reduce-lr", options.reduceLR,
                 "lower the learning rate when a value no longer improves: "
                 "'factor=0.5,patience=2'; also monitor, mode, min_delta, "
                 "cooldown, min_lr, verbose")
      ->group(group);
  app.add_option("--csv-log", options.csvLog,
                 "a .csv file with a row an epoch, or "
                 "'filename=log.csv,append=true'; also separator")
      ->group(group);
  app.add_option("--tensorboard", options.tensorBoard,
                 "a folder for TensorBoard's files, or "
                 "'log_dir=logs,update_freq=100'; also "
                 "write_steps_per_second")
      ->group(group);
  app.add_flag("--terminate-on-nan", options.terminateOnNaN,
               "stop when the loss is NaN or infinite")
      ->group(group);
}

} // namespace dlc::tool
