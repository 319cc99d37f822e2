// Training and evaluation, as Keras' fit, evaluate and train_on_batch.
#include "runtime/data/Batcher.h"
#include "runtime/session/Feed.h"
#include "runtime/session/Impl.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <numeric>

namespace dlc {
namespace {

using data::Batcher;
using session::Feed;
using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// How many of `count` samples train; the rest validates.
Expected<int64_t> cutForTraining(int64_t count, double validationSplit) {
  if (!(validationSplit >= 0 && validationSplit < 1))
    return fail("validation split", fmt::format("is {}", validationSplit),
                "it must be at least 0 and less than 1", "");
  int64_t training = int64_t(std::floor(double(count) * (1 - validationSplit)));
  if (training == 0 || (validationSplit > 0 && training == count))
    return fail("validation split", fmt::format("is {}", validationSplit),
                fmt::format("that leaves {} of {} samples for {}", 0, count,
                            training == 0 ? "training" : "validation"),
                "use another fraction or more data");
  return training;
}

/// Prepares what a pass needs: full batches, and the smaller last one.
Expected<void> prepare(Session::Impl &impl, size_t program, int64_t count,
                       int64_t batch) {
  for (int64_t n : {std::min(batch, count), count % batch})
    if (n > 0)
      if (auto prepared = impl.device->prepare(program, n); !prepared)
        return prepared;
  return {};
}

/// A pass over samples [first, first + count) without training.
Expected<Logs> evaluatePass(Session::Impl &impl, size_t program,
                            const Feed &feed, int64_t first, int64_t count,
                            int64_t batch) {
  if (auto reset = impl.resetMetrics(); !reset)
    return Unexpected(reset.error());
  Batcher batcher(first, count, batch);
  for (int64_t step = 0; step < batcher.steps(); ++step) {
    std::span<const int64_t> rows = batcher.rows(step);
    if (auto filled = feed.fill(rows); !filled)
      return Unexpected(filled.error());
    if (auto ran = impl.device->run(program, int64_t(rows.size())); !ran)
      return Unexpected(ran.error());
  }
  if (auto finished = impl.device->finish(); !finished)
    return Unexpected(finished.error());
  return impl.metrics();
}

void append(History &history, const Logs &logs) {
  for (const auto &[name, value] : logs) {
    auto it =
        std::find_if(history.epochs.begin(), history.epochs.end(),
                     [&](const auto &column) { return column.first == name; });
    if (it == history.epochs.end())
      it = history.epochs.insert(it, {name, {}});
    it->second.push_back(value);
  }
}

/// The samples that validate after each epoch.
struct Validation {
  size_t program;
  Feed feed;
  int64_t first, count;
};

/// One fit: what stays the same from step to step.
struct Training {
  Session::Impl &impl;
  const FitOptions &options;
  size_t program;
  Feed feed;
  Batcher batcher;
  std::optional<Validation> validation;
  History history = {};
  int64_t steps = 0; // in all epochs
  Logs logs = {};    // as last read
  Clock::time_point lastLogs = {};

  bool reachedLimit() const {
    return options.maxSteps > 0 && steps >= options.maxSteps;
  }
  Expected<void> step(std::span<const int64_t> rows);
  Expected<void> readLogs();
  /// False if `shouldStop` ended the epoch.
  Expected<bool> passOnce(int64_t epoch, Clock::time_point start);
  Expected<void> run();
};

Expected<void> Training::step(std::span<const int64_t> rows) {
  Clock::time_point start = Clock::now();
  // Until a device takes more it still computes: that is no time of the data.
  auto places = feed.stage();
  if (!places)
    return Unexpected(places.error());
  Clock::time_point gather = Clock::now();
  feed.gather(rows, *places);
  history.dataMilliseconds.push_back(1e3 * secondsSince(gather));
  if (auto ran = impl.device->run(program, int64_t(rows.size())); !ran)
    return ran;
  if (options.logBatchLoss) {
    auto loss = impl.readScalar(program, "loss");
    if (!loss)
      return Unexpected(loss.error());
    history.batchLoss.push_back(*loss);
  }
  history.stepMilliseconds.push_back(1e3 * secondsSince(start));
  if (options.profile && steps == 0)
    impl.device->startProfile(program);
  ++steps;
  return {};
}

/// Reads the metrics, unless that was done a moment ago.
Expected<void> Training::readLogs() {
  if (!logs.empty() && secondsSince(lastLogs) < options.callbacks.logSeconds)
    return {};
  auto read = impl.metrics();
  if (!read)
    return Unexpected(read.error());
  logs = *std::move(read);
  lastLogs = Clock::now();
  return {};
}

Expected<bool> Training::passOnce(int64_t epoch, Clock::time_point start) {
  const Callbacks &callbacks = options.callbacks;
  for (int64_t i = 0; i < batcher.steps(); ++i) {
    if (auto stepped = step(batcher.rows(i)); !stepped)
      return Unexpected(stepped.error());
    if (callbacks.onStep) {
      if (auto read = readLogs(); !read)
        return Unexpected(read.error());
      callbacks.onStep({epoch + 1, options.epochs, i + 1, batcher.steps(),
                        secondsSince(start), logs});
    }
    if (callbacks.shouldStop && callbacks.shouldStop()) {
      history.stopped = true;
      // A whole epoch still counts.
      return i + 1 == batcher.steps();
    }
    if (reachedLimit())
      break;
  }
  return true;
}

Expected<void> Training::run() {
  for (int64_t epoch = options.initialEpoch; epoch < options.epochs; ++epoch) {
    if (history.stopped || reachedLimit())
      break;
    Clock::time_point start = Clock::now();
    if (auto reset = impl.resetMetrics(); !reset)
      return reset;
    logs.clear();
    if (options.shuffle)
      batcher.shuffle(impl.options.seed, epoch);
    auto whole = passOnce(epoch, start);
    if (!whole)
      return Unexpected(whole.error());
    if (auto finished = impl.device->finish(); !finished)
      return finished;
    if (!*whole)
      break;
    auto trained = impl.metrics();
    if (!trained)
      return Unexpected(trained.error());
    logs = *std::move(trained);
    if (validation && !history.stopped) {
      auto values =
          evaluatePass(impl, validation->program, validation->feed,
                       validation->first, validation->count, options.batch);
      if (!values)
        return Unexpected(values.error());
      for (const auto &[name, value] : *values)
        logs.emplace_back("val_" + name, value);
    }
    append(history, logs);
    if (options.callbacks.onEpochEnd)
      options.callbacks.onEpochEnd({epoch + 1, options.epochs, batcher.steps(),
                                    batcher.steps(), secondsSince(start),
                                    logs});
  }
  return {};
}

} // namespace

Expected<History> Session::fit(const Dataset &data, const FitOptions &options) {
  auto program = impl->requireProgram("train");
  if (!program)
    return Unexpected(program.error());
  if (auto checked = impl->checkBatch(options.batch); !checked)
    return Unexpected(checked.error());
  auto feed = Feed::bind(*impl, *program, data, options.classWeight);
  if (!feed)
    return Unexpected(feed.error());
  // Data given for validation goes before a part of the training data.
  double split = options.validationData ? 0 : options.validationSplit;
  auto training = cutForTraining(feed->size(), split);
  if (!training)
    return Unexpected(training.error());

  std::optional<Validation> validation;
  if (options.validationData || split > 0) {
    auto evaluate = impl->requireProgram("evaluate");
    if (!evaluate)
      return Unexpected(evaluate.error());
    auto bound =
        Feed::bind(*impl, *evaluate,
                   options.validationData ? *options.validationData : data);
    if (!bound)
      return Unexpected(bound.error());
    int64_t first = options.validationData ? 0 : *training;
    int64_t count = bound->size() - first;
    validation = Validation{*evaluate, std::move(*bound), first, count};
    if (auto prepared = prepare(*impl, *evaluate, count, options.batch);
        !prepared)
      return Unexpected(prepared.error());
  }
  if (auto prepared = prepare(*impl, *program, *training, options.batch);
      !prepared)
    return Unexpected(prepared.error());

  Training fit{*impl,
               options,
               *program,
               std::move(*feed),
               Batcher(0, *training, options.batch),
               std::move(validation)};
  if (auto ran = fit.run(); !ran)
    return Unexpected(ran.error());
  if (options.profile) {
    int64_t full = std::min(options.batch, *training);
    fit.history.launchMilliseconds = impl->device->profile(*program);
    fit.history.launchCode = impl->device->describeCalls(*program, full);
  }
  return std::move(fit.history);
}

Expected<Logs> Session::evaluate(const Dataset &data, int64_t batch) {
  auto program = impl->requireProgram("evaluate");
  if (!program)
    return Unexpected(program.error());
  if (auto checked = impl->checkBatch(batch); !checked)
    return Unexpected(checked.error());
  auto feed = Feed::bind(*impl, *program, data);
  if (!feed)
    return Unexpected(feed.error());
  return evaluatePass(*impl, *program, *feed, 0, feed->size(), batch);
}

Expected<float> Session::trainOnBatch(const Dataset &batch) {
  auto program = impl->runBatch("train", batch);
  if (!program)
    return Unexpected(program.error());
  auto loss = impl->readScalar(*program, "loss");
  if (!loss)
    return Unexpected(loss.error());
  return float(*loss);
}

} // namespace dlc
