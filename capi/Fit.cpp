// dlc_fit: training with callbacks of C.
#include "capi/Data.h"
#include "capi/Guard.h"
#include "capi/Handles.h"
#include "capi/Options.h"
#include "capi/Pictures.h"
#include "runtime/core/AtomicFile.h"
#include "runtime/session/profile/Profile.h"
#include "runtime/session/profile/Trace.h"

#include <nlohmann/json.hpp>

#include <span>

using namespace dlc;

namespace {

using Json = nlohmann::ordered_json;

/// Tells C how training goes on, and keeps whether it was interrupted.
class Reporter {
public:
  explicit Reporter(const dlc_callbacks *callbacks)
      : callbacks(callbacks ? *callbacks : dlc_callbacks{}) {}

  void connect(Callbacks &to) {
    if (callbacks.on_step)
      to.onStep = [this](const EpochInfo &info) {
        report(callbacks.on_step, info);
      };
    if (callbacks.on_epoch_end)
      to.onEpochEnd = [this](const EpochInfo &info) {
        report(callbacks.on_epoch_end, info);
      };
    to.shouldStop = [this] { return isInterrupted; };
  }

private:
  void report(dlc_progress_fn function, const EpochInfo &info) {
    names.clear();
    values.clear();
    for (const auto &[name, value] : info.logs) {
      names.push_back(name.c_str());
      values.push_back(value);
    }
    dlc_progress progress{info.epoch,   info.epochs,         info.step,
                          info.steps,   info.secondsInEpoch, names.size(),
                          names.data(), values.data()};
    int answer = function(&progress, callbacks.context);
    if (answer == DLC_STOP)
      info.trainer.stopTraining();
    else if (answer != DLC_GO_ON)
      isInterrupted = true;
  }

  dlc_callbacks callbacks;
  bool isInterrupted = false;
  std::vector<const char *> names;
  std::vector<double> values;
};

std::string toJson(const History &history) {
  Json json;
  Json &epochs = json["history"] = Json::object();
  for (const auto &[name, values] : history.epochs)
    epochs[name] = values;
  json["stopped"] = history.stopped;
  if (!history.batchLoss.empty())
    json["batch_loss"] = history.batchLoss;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// What trains and what validates, where that is not cut off by fit.
Expected<capi::TrainingSamples> readData(const dlc_session &session,
                                         const dlc_data *data,
                                         const dlc_data *validation,
                                         double validationSplit) {
  auto samples = capi::readTrainingSamples(session, data, validationSplit);
  if (!samples || !validation)
    return samples;
  auto given = capi::readSamples(session, "evaluate", validation,
                                 samples->training.classNames);
  if (!given)
    return Unexpected(given.error());
  samples->validation = *std::move(given);
  return samples;
}

/// A file that cannot be made would be noticed after hours.
Expected<void> checkOutputs(const capi::FitSettings &settings) {
  for (const std::filesystem::path &path : {settings.profile, settings.trace})
    if (!path.empty())
      if (auto probe = TemporaryFile::create(path); !probe)
        return Unexpected(probe.error());
  return {};
}

Expected<void> writeJson(const profile::Json &json,
                         const std::filesystem::path &path) {
  std::string text = json.dump(2, ' ', false, Json::error_handler_t::replace);
  return writeFileAtomically(path, std::as_bytes(std::span(text)));
}

/// The files that tell of a step's time.
Expected<void> writeTimes(const Session &session,
                          const capi::FitSettings &settings,
                          const History &history) {
  const artifact::Program &train = *session.program("train");
  if (!settings.profile.empty())
    if (auto written = writeJson(
            profile::profileToJson(session.manifest(), train, history),
            settings.profile);
        !written)
      return written;
  if (settings.trace.empty())
    return {};
  return writeJson(profile::traceToJson(session.manifest(), train, history),
                   settings.trace);
}

} // namespace

dlc_status dlc_fit(dlc_session *session, const dlc_data *data,
                   const dlc_data *validation, const char *options,
                   const dlc_callbacks *callbacks, char **history) {
  return capi::guard({{session, "session"}}, [&]() -> Expected<void> {
    auto settings = capi::parseFitOptions(options);
    if (!settings)
      return Unexpected(settings.error());
    if (auto checked = checkOutputs(*settings); !checked)
      return checked;
    FitOptions &fit = settings->fit;
    auto samples = readData(*session, data, validation, fit.validationSplit);
    if (!samples)
      return Unexpected(samples.error());
    if (samples->validation) {
      fit.validationData = &*samples->validation;
      fit.validationSplit = 0;
    }
    const std::vector<std::string> &classes = samples->training.classNames;
    auto weights = data::numberClasses(
        settings->classWeight,
        classes.empty() ? session->session.classNames() : classes,
        capi::nameFitOption("class_weight"));
    if (!weights)
      return Unexpected(weights.error());
    fit.classWeight = *std::move(weights);
    auto objects =
        callbacks::makeCallbacks(settings->callbacks, capi::nameFitOption);
    if (!objects)
      return Unexpected(objects.error());
    for (const std::unique_ptr<Callback> &object : *objects)
      fit.callbacks.objects.push_back(object.get());
    Reporter reporter(callbacks);
    reporter.connect(fit.callbacks);
    auto done = session->session.fit(samples->training, fit);
    if (!done)
      return Unexpected(done.error());
    if (auto written = writeTimes(session->session, *settings, *done); !written)
      return written;
    if (history)
      *history = capi::copyText(toJson(*done));
    return {};
  });
}
