// Keras' callbacks from text, as dlc train and the C API take them.
#include "runtime/session/callbacks/text/Settings.h"

#include "runtime/core/SettingList.h"
#include "runtime/session/callbacks/CSVLogger.h"
#include "runtime/session/callbacks/EarlyStopping.h"
#include "runtime/session/callbacks/ModelCheckpoint.h"
#include "runtime/session/callbacks/ReduceLROnPlateau.h"
#include "runtime/session/callbacks/TerminateOnNaN.h"
#include "runtime/session/callbacks/tensorboard/TensorBoard.h"

#include <array>
#include <charconv>

namespace dlc::callbacks {

namespace {

using Made = Expected<std::unique_ptr<Callback>>;

/// What callbacks with a monitor share. Names are those of Keras' arguments.
template <typename Options> void addMonitor(SettingList &list, Options &to) {
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

/// Whether settings follow the first comma that could part them.
bool hasSettings(const std::string &text) {
  for (size_t comma = text.find(','); comma != std::string::npos;
       comma = text.find(',', comma + 1))
    if (SettingList::isList(std::string_view(text).substr(comma + 1)))
      return true;
  return false;
}

/// A list of settings, or the one value that is needed, alone or before others.
Expected<void> readWithPath(const SettingList &list, const std::string &text,
                            const std::string &setting, const char *argument,
                            std::string &path) {
  bool isList = SettingList::isList(text);
  if (!isList && !hasSettings(text)) {
    path = text;
    return {};
  }
  auto read = list.read(isList ? text : std::string(argument) + "=" + text);
  if (!read)
    return read;
  if (path.empty())
    return fail(setting, std::string("has no setting \"") + argument + "\"",
                "it says what is written",
                std::string("add ") + argument + "=...");
  return {};
}

/// What a callback that waits takes beside what both take.
void addOwn(SettingList &list, EarlyStopping::Options &to) {
  list.add("baseline", to.baseline);
  list.add("restore_best_weights", to.restoreBestWeights);
  list.add("start_from_epoch", to.startFromEpoch);
}

void addOwn(SettingList &list, ReduceLROnPlateau::Options &to) {
  list.add("factor", to.factor);
  list.add("cooldown", to.cooldown);
  list.add("min_lr", to.minLR);
}

/// The options of a callback that waits for a value to improve.
template <typename Options>
Expected<Options> readWaiting(const std::string &text, std::string setting) {
  Options options;
  SettingList list(std::move(setting));
  addMonitor(list, options);
  list.add("min_delta", options.minDelta);
  list.add("patience", options.patience);
  addOwn(list, options);
  if (auto read = list.read(text); !read)
    return Unexpected(read.error());
  return options;
}

Expected<ModelCheckpoint::Options> readCheckpoint(const std::string &text,
                                                  const std::string &setting) {
  ModelCheckpoint::Options options;
  SettingList list(setting);
  addMonitor(list, options);
  list.add("filepath", options.filepath);
  list.add("save_best_only", options.saveBestOnly);
  list.add("save_weights_only", options.saveWeightsOnly);
  addFrequency(list, "save_freq", options.saveFreq);
  list.add("initial_value_threshold", options.initialValueThreshold);
  if (auto read =
          readWithPath(list, text, setting, "filepath", options.filepath);
      !read)
    return Unexpected(read.error());
  return options;
}

Expected<CSVLogger::Options> readCSVLogger(const std::string &text,
                                           const std::string &setting) {
  CSVLogger::Options options;
  SettingList list(setting);
  list.add("filename", options.filename);
  list.add("separator", options.separator);
  list.add("append", options.append);
  if (auto read =
          readWithPath(list, text, setting, "filename", options.filename);
      !read)
    return Unexpected(read.error());
  return options;
}

Expected<TensorBoard::Options> readTensorBoard(const std::string &text,
                                               const std::string &setting) {
  TensorBoard::Options options;
  if (SettingList::isList(text))
    options.logDir.clear();
  SettingList list(setting);
  list.add("log_dir", options.logDir);
  addFrequency(list, "update_freq", options.updateFreq);
  list.add("write_steps_per_second", options.writeStepsPerSecond);
  if (auto read = readWithPath(list, text, setting, "log_dir", options.logDir);
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

Expected<std::vector<std::unique_ptr<Callback>>>
makeCallbacks(const Settings &settings, NameSetting name) {
  std::vector<Made> made;
  if (!settings.reduceLR.empty())
    made.push_back(
        make<ReduceLROnPlateau>(readWaiting<ReduceLROnPlateau::Options>(
            settings.reduceLR, name("reduce_lr"))));
  if (!settings.earlyStopping.empty())
    made.push_back(make<EarlyStopping>(readWaiting<EarlyStopping::Options>(
        settings.earlyStopping, name("early_stopping"))));
  if (settings.terminateOnNaN)
    made.push_back(std::make_unique<TerminateOnNaN>());
  for (const std::string &checkpoint : settings.checkpoints)
    made.push_back(
        make<ModelCheckpoint>(readCheckpoint(checkpoint, name("checkpoint"))));
  if (!settings.csvLog.empty())
    made.push_back(
        make<CSVLogger>(readCSVLogger(settings.csvLog, name("csv_log"))));
  if (!settings.tensorBoard.empty())
    made.push_back(make<TensorBoard>(
        readTensorBoard(settings.tensorBoard, name("tensorboard"))));
  std::vector<std::unique_ptr<Callback>> callbacks;
  for (Made &one : made) {
    if (!one)
      return Unexpected(one.error());
    callbacks.push_back(*std::move(one));
  }
  return callbacks;
}

Expected<std::vector<WrittenPath>> listWritten(const Settings &settings,
                                               NameSetting name) {
  std::vector<WrittenPath> written;
  for (const std::string &checkpoint : settings.checkpoints) {
    auto read = readCheckpoint(checkpoint, name("checkpoint"));
    if (!read)
      return Unexpected(read.error());
    written.push_back({name("checkpoint"), read->filepath});
  }
  if (!settings.csvLog.empty()) {
    auto read = readCSVLogger(settings.csvLog, name("csv_log"));
    if (!read)
      return Unexpected(read.error());
    written.push_back({name("csv_log"), read->filename});
  }
  if (!settings.tensorBoard.empty()) {
    auto read = readTensorBoard(settings.tensorBoard, name("tensorboard"));
    if (!read)
      return Unexpected(read.error());
    written.push_back({name("tensorboard"), read->logDir});
  }
  return written;
}

} // namespace dlc::callbacks
