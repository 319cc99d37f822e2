// dlc_fit: training with callbacks of C.
#include "capi/Data.h"
#include "capi/Guard.h"
#include "capi/Handles.h"
#include "capi/Options.h"

#include <nlohmann/json.hpp>

#include <optional>

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

} // namespace

dlc_status dlc_fit(dlc_session *session, const dlc_data *data,
                   const dlc_data *validation, const char *options,
                   const dlc_callbacks *callbacks, char **history) {
  return capi::guard({{session, "session"}}, [&]() -> Expected<void> {
    auto settings = capi::parseFitOptions(options);
    if (!settings)
      return Unexpected(settings.error());
    auto dataset = capi::read(data);
    if (!dataset)
      return Unexpected(dataset.error());
    std::optional<Dataset> validationSet;
    if (validation) {
      auto copied = capi::read(validation);
      if (!copied)
        return Unexpected(copied.error());
      settings->fit.validationData = &validationSet.emplace(*std::move(copied));
    }
    auto weights = data::numberClasses(settings->classWeight,
                                       session->session.classNames(),
                                       capi::nameFitOption("class_weight"));
    if (!weights)
      return Unexpected(weights.error());
    settings->fit.classWeight = *std::move(weights);
    auto objects =
        callbacks::makeCallbacks(settings->callbacks, capi::nameFitOption);
    if (!objects)
      return Unexpected(objects.error());
    for (const std::unique_ptr<Callback> &object : *objects)
      settings->fit.callbacks.objects.push_back(object.get());
    Reporter reporter(callbacks);
    reporter.connect(settings->fit.callbacks);
    auto done = session->session.fit(*dataset, settings->fit);
    if (!done)
      return Unexpected(done.error());
    if (history)
      *history = capi::copyText(toJson(*done));
    return {};
  });
}
