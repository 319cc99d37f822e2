// Sessions: everything that a model does once it is compiled.
#include "runtime/session/Session.h"
#include "capi/Data.h"
#include "capi/Describe.h"
#include "capi/Guard.h"
#include "capi/Handles.h"
#include "capi/Options.h"

#include <memory>

using namespace dlc;
using capi::firstError;
using capi::require;

dlc_status dlc_session_open(dlc_artifact *artifact, const char *options,
                            dlc_session **out) {
  std::unique_ptr<dlc_artifact> taken(artifact);
  return capi::guard([&]() -> Expected<void> {
    if (auto given =
            firstError(require(artifact, "artifact"), require(out, "out"));
        !given)
      return given;
    auto parsed = capi::parseSessionOptions(options);
    if (!parsed)
      return Unexpected(parsed.error());
    auto session = Session::open(std::move(taken->artifact), *parsed);
    if (!session)
      return Unexpected(session.error());
    *out = new dlc_session{*std::move(session)};
    return {};
  });
}

void dlc_session_free(dlc_session *session) { delete session; }

dlc_status dlc_session_describe(const dlc_session *session, char **json) {
  return capi::guard([&]() -> Expected<void> {
    if (auto given =
            firstError(require(session, "session"), require(json, "json"));
        !given)
      return given;
    *json = capi::copyText(capi::describe(session->session));
    return {};
  });
}

dlc_status dlc_evaluate(dlc_session *session, const dlc_data *data,
                        int64_t batch, dlc_logs **out) {
  return capi::guard([&]() -> Expected<void> {
    if (auto given =
            firstError(require(session, "session"), require(out, "out"));
        !given)
      return given;
    auto dataset = capi::read(data);
    if (!dataset)
      return Unexpected(dataset.error());
    auto logs = session->session.evaluate(*dataset, batch);
    if (!logs)
      return Unexpected(logs.error());
    *out = new dlc_logs{*std::move(logs)};
    return {};
  });
}

/// What hands out arrays: predict and gradients.
template <typename Function>
static dlc_status handOut(dlc_session *session, const dlc_data *data,
                          dlc_arrays **out, Function function) {
  return capi::guard([&]() -> Expected<void> {
    if (auto given =
            firstError(require(session, "session"), require(out, "out"));
        !given)
      return given;
    auto dataset = capi::read(data);
    if (!dataset)
      return Unexpected(dataset.error());
    Expected<NamedTensors> tensors = function(session->session, *dataset);
    if (!tensors)
      return Unexpected(tensors.error());
    *out = new dlc_arrays{*std::move(tensors)};
    return {};
  });
}

dlc_status dlc_predict(dlc_session *session, const dlc_data *data,
                       int64_t batch, dlc_arrays **out) {
  return handOut(session, data, out, [batch](Session &session, Dataset &x) {
    return session.predict(x, batch);
  });
}

dlc_status dlc_gradients(dlc_session *session, const dlc_data *data,
                         dlc_arrays **out) {
  return handOut(session, data, out, [](Session &session, Dataset &batch) {
    return session.gradients(batch);
  });
}

dlc_status dlc_train_on_batch(dlc_session *session, const dlc_data *data,
                              float *loss) {
  return capi::guard([&]() -> Expected<void> {
    if (auto given = require(session, "session"); !given)
      return given;
    auto dataset = capi::read(data);
    if (!dataset)
      return Unexpected(dataset.error());
    auto trained = session->session.trainOnBatch(*dataset);
    if (!trained)
      return Unexpected(trained.error());
    if (loss)
      *loss = *trained;
    return {};
  });
}

dlc_status dlc_metrics(const dlc_session *session, dlc_logs **out) {
  return capi::guard([&]() -> Expected<void> {
    if (auto given =
            firstError(require(session, "session"), require(out, "out"));
        !given)
      return given;
    *out = new dlc_logs{session->session.metrics()};
    return {};
  });
}

dlc_status dlc_reset_metrics(dlc_session *session) {
  return capi::guard([&]() -> Expected<void> {
    if (auto given = require(session, "session"); !given)
      return given;
    session->session.resetMetrics();
    return {};
  });
}

dlc_status dlc_state_get(const dlc_session *session, const char *name,
                         dlc_arrays **out) {
  return capi::guard([&]() -> Expected<void> {
    if (auto given = firstError(require(session, "session"),
                                require(name, "name"), require(out, "out"));
        !given)
      return given;
    auto state = session->session.state(name);
    if (!state)
      return Unexpected(state.error());
    *out = new dlc_arrays{{{name, *std::move(state)}}};
    return {};
  });
}

dlc_status dlc_state_set(dlc_session *session, const dlc_array *value) {
  return capi::guard([&]() -> Expected<void> {
    if (auto given = require(session, "session"); !given)
      return given;
    auto tensor = capi::read(value, "value");
    if (!tensor)
      return Unexpected(tensor.error());
    if (auto named = require(value->name, "value->name"); !named)
      return named;
    return session->session.setState(value->name, *tensor);
  });
}

dlc_status dlc_save(const dlc_session *session, const char *path) {
  return capi::guard([&]() -> Expected<void> {
    if (auto given =
            firstError(require(session, "session"), require(path, "path"));
        !given)
      return given;
    return session->session.save(path);
  });
}
