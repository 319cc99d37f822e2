// Sessions: everything that a model does once it is compiled.
#include "runtime/session/Session.h"
#include "capi/Data.h"
#include "capi/Describe.h"
#include "capi/Guard.h"
#include "capi/Handles.h"
#include "capi/Options.h"
#include "capi/Pictures.h"
#include "runtime/data/Batcher.h"

#include <algorithm>
#include <memory>

using namespace dlc;
using capi::give;
using capi::guard;

/// What `function` makes of the session and a copy of the data that `program`
/// reads, handed out.
template <typename Handle, typename Function>
static dlc_status handOut(dlc_session *session, const char *program,
                          const dlc_data *data, Handle **out,
                          Function function) {
  return guard({{session, "session"}, {out, "out"}}, [&]() -> Expected<void> {
    auto dataset = capi::readSamples(*session, program, data,
                                     session->session.classNames());
    if (!dataset)
      return Unexpected(dataset.error());
    return give(out, function(session->session, *dataset));
  });
}

/// Runs `function` on the session and a copy of the data that `program` reads.
template <typename Function>
static dlc_status runOn(dlc_session *session, const char *program,
                        const dlc_data *data, Function function) {
  return guard({{session, "session"}}, [&]() -> Expected<void> {
    auto dataset = capi::readSamples(*session, program, data,
                                     session->session.classNames());
    if (!dataset)
      return Unexpected(dataset.error());
    return function(session->session, *dataset);
  });
}

dlc_status dlc_session_open(dlc_artifact *artifact, const char *options,
                            dlc_session **out) {
  std::unique_ptr<dlc_artifact> taken(artifact);
  return guard({{artifact, "artifact"}, {out, "out"}}, [&]() -> Expected<void> {
    auto parsed = capi::parseSessionOptions(options);
    if (!parsed)
      return Unexpected(parsed.error());
    auto opened = Session::open(std::move(taken->artifact), *parsed);
    if (!opened)
      return Unexpected(opened.error());
    *out = new dlc_session{*std::move(opened), parsed->seed};
    return {};
  });
}

void dlc_session_free(dlc_session *session) { delete session; }

dlc_status dlc_session_describe(const dlc_session *session, char **json) {
  return guard({{session, "session"}, {json, "json"}}, [&]() -> Expected<void> {
    *json = capi::copyText(capi::describe(session->session));
    return {};
  });
}

dlc_status dlc_evaluate(dlc_session *session, const dlc_data *data,
                        int64_t batch, dlc_logs **out) {
  return handOut(session, "evaluate", data, out,
                 [batch](Session &session, Dataset &data) {
                   return session.evaluate(data, batch);
                 });
}

dlc_status dlc_predict(dlc_session *session, const dlc_data *data,
                       int64_t batch, dlc_arrays **out) {
  return handOut(session, "predict", data, out,
                 [batch](Session &session, Dataset &x) {
                   return session.predict(x, batch);
                 });
}

dlc_status dlc_gradients(dlc_session *session, const dlc_data *data,
                         dlc_arrays **out) {
  return handOut(session, "gradients", data, out,
                 [](Session &session, Dataset &batch) {
                   return session.gradients(batch);
                 });
}

dlc_status dlc_train_on_batch(dlc_session *session, const dlc_data *data,
                              float *loss) {
  return runOn(session, "train", data,
               [loss](Session &session, Dataset &batch) -> Expected<void> {
                 auto value = session.trainOnBatch(batch);
                 if (!value)
                   return Unexpected(value.error());
                 if (loss)
                   *loss = *value;
                 return {};
               });
}

dlc_status dlc_test_on_batch(dlc_session *session, const dlc_data *data) {
  return runOn(session, "evaluate", data, [](Session &session, Dataset &batch) {
    return session.testOnBatch(batch);
  });
}

dlc_status dlc_overwrite_with_averages(dlc_session *session) {
  return guard({{session, "session"}},
               [&] { return session->session.overwriteWithAverages(); });
}

dlc_status dlc_epoch_order(uint64_t seed, int64_t epoch, size_t count,
                           int64_t *order) {
  return guard({{order, "order"}}, [&]() -> Expected<void> {
    auto samples = int64_t(count);
    data::Batcher batcher(0, samples, std::max<int64_t>(samples, 1));
    batcher.shuffle(seed, epoch);
    std::ranges::copy(batcher.rows(0), order);
    return {};
  });
}

dlc_status dlc_metrics(const dlc_session *session, dlc_logs **out) {
  return guard({{session, "session"}, {out, "out"}}, [&] {
    return give(out, Expected<Logs>(session->session.metrics()));
  });
}

dlc_status dlc_reset_metrics(dlc_session *session) {
  return guard({{session, "session"}}, [&]() -> Expected<void> {
    session->session.resetMetrics();
    return {};
  });
}

dlc_status dlc_state_get(const dlc_session *session, const char *name,
                         dlc_arrays **out) {
  return guard({{session, "session"}, {name, "name"}, {out, "out"}},
               [&]() -> Expected<void> {
                 auto state = session->session.state(name);
                 if (!state)
                   return Unexpected(state.error());
                 *out = new dlc_arrays{{{name, *std::move(state)}}};
                 return {};
               });
}

dlc_status dlc_state_set(dlc_session *session, const dlc_array *value) {
  return guard({{session, "session"}}, [&]() -> Expected<void> {
    auto tensor = capi::read(value, "value");
    if (!tensor)
      return Unexpected(tensor.error());
    if (auto named = capi::require({value->name, "value->name"}); !named)
      return named;
    return session->session.setState(value->name, *tensor);
  });
}

dlc_status dlc_class_names_set(dlc_session *session, const char *const *names,
                               size_t count) {
  return guard({{session, "session"}}, [&]() -> Expected<void> {
    if (count > 0)
      if (auto given = capi::require({names, "names"}); !given)
        return given;
    std::vector<std::string> copied;
    for (size_t i = 0; i < count; ++i) {
      if (auto given = capi::require({names[i], "names[i]"}); !given)
        return given;
      copied.emplace_back(names[i]);
    }
    session->session.setClassNames(std::move(copied));
    return {};
  });
}

dlc_status dlc_save(const dlc_session *session, const char *path) {
  return guard({{session, "session"}, {path, "path"}},
               [&] { return session->session.save(path); });
}
