// Training and evaluation, as Keras' fit, evaluate and train_on_batch.
#include "runtime/data/Batcher.h"
#include "runtime/session/Feed.h"
#include "runtime/session/Impl.h"
#include "runtime/session/fit/Averages.h"
#include "runtime/session/fit/CallbackList.h"
#include "runtime/session/fit/EvaluatePass.h"
#include "runtime/session/fit/RunBackup.h"
#include "runtime/session/fit/SessionTrainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

namespace dlc {
namespace {

using data::Batcher;
using session::CallbackList;
using session::Feed;
using session::Position;
using session::RunBackup;
using session::SessionTrainer;
using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// How many of `count` samples train; the rest validates.
Expected<int64_t> cutForTraining(int64_t count, double validationSplit) {
  if (!(validationSplit >= 0 && validationSplit < 1))
    return fail("validation split", fmt::format("is {}", validationSplit),
                "it must be at least 0 and less than 1",
                "give a fraction such as 0.1");
  int64_t training = int64_t(std::floor(double(count) * (1 - validationSplit)));
  if (training == 0 || (validationSplit > 0 && training == count))
    return fail("validation split", fmt::format("is {}", validationSplit),
                fmt::format("that leaves {} of {} samples for {}", 0, count,
                            training == 0 ? "training" : "validation"),
                "use another fraction or more data");
  return training;
}

/// Of nothing there is no epoch, and validation would never come.
Expected<void> checkCounts(const FitOptions &options) {
  const std::pair<const char *, int64_t> counts[] = {
      {"steps per epoch", options.stepsPerEpoch.value_or(1)},
      {"validation steps", options.validationSteps.value_or(1)},
      {"validation freq", options.validationFreq}};
  for (auto [name, count] : counts)
    if (count < 1)
      return fail(name, fmt::format("is {}", count), "it is at least 1",
                  "give 1 or more, or leave it out");
  for (int64_t epoch : options.validationEpochs)
    if (epoch < 1)
      return fail("validation freq", fmt::format("lists epoch {}", epoch),
                  "epochs are counted from 1", "correct or remove it");
  return {};
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

int64_t countStepsPerGroup(const Session::Impl &impl,
                           const FitOptions &options) {
  return options.stepsPerLaunch.value_or(impl.manifest().stepsPerLaunch);
}

/// Has the device make room for the steps of a launch, and says how many full
/// batches it takes at one.
Expected<int64_t> reserveSteps(Session::Impl &impl, size_t program,
                               int64_t count, const FitOptions &options) {
  int64_t steps = countStepsPerGroup(impl, options);
  if (steps < 1)
    return fail("steps per launch", fmt::format("is {}", steps),
                "a launch runs at least one step", "give 1 or more");
  // Launches of several steps have no times of their own.
  if (options.profile)
    return 1;
  // An epoch has no more full batches than this.
  steps = std::min(steps, std::max<int64_t>(1, count / options.batch));
  return impl.device->reserveSteps(program, steps);
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

/// The logs of the last epoch.
Logs lastOf(const History &history) {
  Logs logs;
  for (const auto &[name, values] : history.epochs)
    if (!values.empty())
      logs.emplace_back(name, values.back());
  return logs;
}

/// The steps of one epoch, as a part of a pass over the data.
struct EpochPart {
  int64_t pass = 0;  // which keys the order, as an epoch's number
  int64_t first = 0; // its first step in the pass
  int64_t steps = 0;
};

/// The samples that validate after epochs.
struct Validation {
  Feed feed;
  int64_t first, count, batch;
};

/// One fit: what stays the same from step to step.
struct Training {
  Session::Impl &impl;
  const FitOptions &options;
  size_t program;
  Feed feed;
  Batcher batcher;
  std::optional<Validation> validation;
  int64_t stepsPerGroup;  // between callbacks
  int64_t stepsPerLaunch; // of full batches; the device takes so many
  std::optional<RunBackup> backup;
  SessionTrainer trainer = {impl, options.callbacks, validation.has_value()};
  CallbackList callbacks = {options.callbacks, trainer};
  History history = {};
  EpochPart part = {};     // of the epoch at hand
  int64_t steps = 0;       // in all epochs
  int64_t stepsBefore = 0; // of this epoch, before fit went on with it
  Clock::time_point begun = Clock::now();
  std::vector<double> profiled = {}; // the device's sums, as last traced

  bool reachedLimit() const {
    return options.maxSteps > 0 && steps >= options.maxSteps;
  }
  bool validatesAfter(int64_t epoch) const;
  EpochPart partOf(int64_t epoch) const;
  /// The samples of a step of the epoch at hand.
  std::span<const int64_t> rows(int64_t step) const {
    return batcher.rows(part.first + step);
  }
  Expected<void> launch(int64_t first, int64_t count);
  void trace(StepTrace step);
  Expected<void> runGroup(int64_t first, int64_t end);
  /// After the first `step` steps of an epoch.
  EpochInfo describe(int64_t epoch, int64_t step, Clock::time_point start,
                     const Logs &logs);
  Expected<void> tellStep(int64_t epoch, int64_t step, Clock::time_point start);
  /// From step `first` on; false if `shouldStop` ended the epoch.
  Expected<bool> passOnce(int64_t epoch, int64_t first,
                          Clock::time_point start);
  /// No logs if `shouldStop` ended it.
  Expected<std::optional<Logs>> validate();
  /// One epoch and what is told of it; its logs, or none if it was interrupted.
  Expected<std::optional<Logs>> runEpoch(int64_t epoch, int64_t first);
  void noteIdleWeights();
  /// Tells that training begins, or goes on; where.
  Expected<Position> begin();
  Expected<void> restore();
  Expected<void> backUp(int64_t epoch, int64_t step);
  Expected<void> run();
};

bool Training::validatesAfter(int64_t epoch) const {
  if (!validation)
    return false;
  const std::vector<int64_t> &listed = options.validationEpochs;
  if (listed.empty())
    return (epoch + 1) % options.validationFreq == 0;
  return std::ranges::find(listed, epoch + 1) != listed.end();
}

EpochPart Training::partOf(int64_t epoch) const {
  int64_t all = batcher.steps();
  int64_t most = std::min(options.stepsPerEpoch.value_or(all), all);
  int64_t epochsInPass = (all + most - 1) / most;
  int64_t since = epoch - options.initialEpoch;
  int64_t first = since % epochsInPass * most;
  return {options.initialEpoch + since / epochsInPass, first,
          std::min(most, all - first)};
}

/// Steps [first, first + count) of an epoch, whose batches are of one size, as
/// one run of the device.
Expected<void> Training::launch(int64_t first, int64_t count) {
  Clock::time_point start = Clock::now();
  double gathering = 0;
  for (int64_t i = 0; i < count; ++i) {
    // Until a device takes more it still computes: that is no time of the data.
    auto places = feed.stage(i);
    if (!places)
      return Unexpected(places.error());
    Clock::time_point gather = Clock::now();
    if (auto gathered = feed.gather(rows(first + i), *places); !gathered)
      return gathered;
    gathering += 1e3 * secondsSince(gather);
  }
  auto n = int64_t(rows(first).size());
  double runAt = 1e3 * secondsSince(begun);
  if (auto ran = impl.device->run(program, n, count); !ran)
    return ran;
  if (options.logBatchLoss) {
    auto losses = impl.readScalars(program, "loss", count);
    if (!losses)
      return Unexpected(losses.error());
    history.batchLoss.insert(history.batchLoss.end(), losses->begin(),
                             losses->end());
  }
  double milliseconds = 1e3 * secondsSince(start);
  auto append = [&](std::vector<double> &list, double sum) {
    list.insert(list.end(), size_t(count), sum / double(count));
  };
  append(history.dataMilliseconds, gathering);
  append(history.stepMilliseconds, milliseconds);
  steps += count;
  if (options.profile && steps == history.stepsBefore + count)
    impl.device->startProfile(program);
  else if (options.profile &&
           int64_t(history.trace.size()) < options.traceSteps)
    trace({steps,
           1e3 * secondsSince(begun) - milliseconds,
           1e3 * secondsSince(begun),
           gathering,
           runAt,
           {}});
  return {};
}

/// Steps that are timed are launched one by one: what the device has added to
/// its sums is this step's.
void Training::trace(StepTrace step) {
  const std::vector<double> &sums = impl.device->profile(program);
  profiled.resize(sums.size());
  for (size_t i = 0; i < sums.size(); ++i)
    step.launches.push_back(sums[i] - profiled[i]);
  profiled = sums;
  history.trace.push_back(std::move(step));
}

/// The steps [first, end) of an epoch: as many at a launch as there are full
/// batches for, the rest one by one.
Expected<void> Training::runGroup(int64_t first, int64_t end) {
  while (first < end) {
    int64_t last = std::min(first + stepsPerLaunch, end);
    bool isFull = last - first == stepsPerLaunch &&
                  rows(last - 1).size() == rows(first).size();
    int64_t count = isFull ? stepsPerLaunch : 1;
    if (auto launched = launch(first, count); !launched)
      return launched;
    first += count;
  }
  return {};
}

EpochInfo Training::describe(int64_t epoch, int64_t step,
                             Clock::time_point start, const Logs &logs) {
  auto samplesTo = [&](int64_t end) {
    return end == 0 ? 0
                    : (end - 1) * int64_t(rows(0).size()) +
                          int64_t(rows(end - 1).size());
  };
  int64_t samples = samplesTo(step) - samplesTo(stepsBefore);
  return {epoch + 1,           options.epochs, step,    part.steps, samples,
          secondsSince(start), logs,           trainer, stepsBefore};
}

Expected<void> Training::tellStep(int64_t epoch, int64_t step,
                                  Clock::time_point start) {
  trainer.endStep();
  if (auto told = callbacks.onTrainBatchEnd(step - 1); !told)
    return told;
  if (!options.callbacks.onStep)
    return {};
  auto logs = trainer.readLogs(options.callbacks.logSeconds);
  if (!logs)
    return Unexpected(logs.error());
  options.callbacks.onStep(describe(epoch, step, start, *logs));
  return {};
}

Expected<bool> Training::passOnce(int64_t epoch, int64_t first,
                                  Clock::time_point start) {
  for (int64_t i = first;
       i < part.steps && !trainer.isStopped() && !reachedLimit();) {
    int64_t end = std::min(i + stepsPerGroup, part.steps);
    if (options.maxSteps > 0)
      end = std::min(end, i + options.maxSteps - steps);
    if (auto ran = runGroup(i, end); !ran)
      return Unexpected(ran.error());
    i = end;
    if (auto told = tellStep(epoch, i, start); !told)
      return Unexpected(told.error());
    history.stopped =
        options.callbacks.shouldStop && options.callbacks.shouldStop();
    // What ends the run early is not in it, nor is then the epoch's end: it may
    // go on from this step.
    if (history.stopped || reachedLimit() || (backup && backup->isDue(steps)))
      if (auto written = backUp(epoch, i); !written)
        return Unexpected(written.error());
    // A whole epoch still counts, unless validation was still to come: its end
    // would be told without the values that callbacks watch.
    if (history.stopped)
      return i == part.steps && !validatesAfter(epoch);
  }
  return true;
}

Expected<std::optional<Logs>> Training::validate() {
  auto values = session::evaluatePass(impl, validation->feed, validation->first,
                                      validation->count, validation->batch,
                                      options.callbacks.shouldStop);
  if (!values || !*values)
    return values;
  if (auto told = callbacks.onTestEnd(**values); !told)
    return Unexpected(told.error());
  return values;
}

Expected<std::optional<Logs>> Training::runEpoch(int64_t epoch, int64_t first) {
  Clock::time_point start = Clock::now();
  trainer.startEpoch();
  stepsBefore = first;
  // In the middle of an epoch the metrics go on, and its begin has been told.
  if (first == 0) {
    if (auto reset = impl.resetMetrics(); !reset)
      return Unexpected(reset.error());
    if (auto told = callbacks.onEpochBegin(epoch); !told)
      return Unexpected(told.error());
  }
  part = partOf(epoch);
  if (options.shuffle)
    batcher.shuffle(impl.options.seed, part.pass);
  if (auto started = feed.start(batcher, part.pass, part.first + first);
      !started)
    return Unexpected(started.error());
  auto whole = passOnce(epoch, first, start);
  feed.stop();
  if (!whole)
    return Unexpected(whole.error());
  if (auto finished = impl.device->finish(); !finished)
    return Unexpected(finished.error());
  if (!*whole)
    return std::optional<Logs>();
  auto logs = impl.metrics();
  if (!logs)
    return Unexpected(logs.error());
  if (validatesAfter(epoch)) {
    auto values = validate();
    if (!values)
      return Unexpected(values.error());
    if (!*values) {
      history.stopped = true;
      return std::optional<Logs>();
    }
    for (const auto &[name, value] : **values)
      logs->emplace_back("val_" + name, value);
  }
  if (auto told = callbacks.onEpochEnd(epoch, *logs); !told)
    return Unexpected(told.error());
  append(history, *logs);
  if (options.callbacks.onEpochEnd)
    options.callbacks.onEpochEnd(describe(epoch, part.steps, start, *logs));
  // Where the run was cut short there is a backup of that place.
  if (!history.stopped && !reachedLimit())
    if (auto written = backUp(epoch + 1, 0); !written)
      return Unexpected(written.error());
  // What came at the epoch's end may ask too, before another step is run.
  if (options.callbacks.shouldStop && options.callbacks.shouldStop())
    history.stopped = true;
  return std::optional(*std::move(logs));
}

Expected<void> Training::backUp(int64_t epoch, int64_t step) {
  if (!backup)
    return {};
  return backup->write({epoch, step, steps, trainer.isStopped()}, history,
                       callbacks.saveStates());
}

/// Keras ignores weights of classes that a model does not have. They may be
/// meant for others, as those of somebody who counts from 1.
void Training::noteIdleWeights() {
  const artifact::Manifest &manifest = impl.manifest();
  int64_t classes =
      manifest.targets.size() == 1 ? manifest.targets.front().classes : 0;
  for (const auto &[label, weight] : options.classWeight)
    if (classes > 0 && (label < 0 || label >= classes))
      trainer.note(fmt::format("class weights: one is for class {}, but the "
                               "model's classes are 0 to {}",
                               label, classes - 1));
}

Expected<Position> Training::begin() {
  noteIdleWeights();
  if (backup && backup->reached()) {
    Position position = *backup->reached();
    if (auto reached = session::checkReached(position, options,
                                             partOf(position.epoch).steps);
        !reached)
      return Unexpected(reached.error());
    if (auto restored = restore(); !restored)
      return Unexpected(restored.error());
    return position;
  }
  if (auto told = callbacks.onTrainBegin(); !told)
    return Unexpected(told.error());
  // What cannot be written is told before the work, and a run that is killed
  // early can go on.
  if (auto written = backUp(options.initialEpoch, 0); !written)
    return Unexpected(written.error());
  if (auto finished = backup ? backup->finish() : Expected<void>(); !finished)
    return Unexpected(finished.error());
  return Position{options.initialEpoch, 0, 0, false};
}

Expected<void> Training::restore() {
  auto restored = backup->restore();
  if (!restored)
    return Unexpected(restored.error());
  history.epochs = std::move(restored->epochs);
  history.batchLoss = std::move(restored->batchLoss);
  history.stepsBefore = steps = restored->position.steps;
  if (auto loaded = callbacks.loadStates(restored->callbacks); !loaded)
    return loaded;
  if (restored->position.stopped)
    trainer.stopTraining();
  return {};
}

Expected<void> Training::run() {
  auto from = begin();
  if (!from)
    return Unexpected(from.error());
  Logs last = lastOf(history);
  int64_t first = from->step;
  for (int64_t epoch = from->epoch; epoch < options.epochs;
       ++epoch, first = 0) {
    // An epoch that was begun ends, whatever ended its steps.
    bool isOver = history.stopped || trainer.isStopped() || reachedLimit();
    if (isOver && first == 0)
      break;
    auto logs = runEpoch(epoch, first);
    if (!logs)
      return Unexpected(logs.error());
    if (!*logs)
      break;
    last = **std::move(logs);
  }
  // Before callbacks end: EarlyStopping then restores the best weights. A run
  // that goes on from its backup does so with the weights as trained.
  if (auto done = session::overwriteWithAverages(impl); !done)
    return done;
  history.ended = trainer.isStopped();
  auto ended = history.stopped ? Expected<void>() : callbacks.onTrainEnd(last);
  if (auto finished = backup ? backup->finish() : Expected<void>(); !finished)
    return finished;
  return ended;
}

/// What validates: data of its own, or those behind the first `training` of the
/// training data; ready to run.
Expected<Validation> openValidation(Session::Impl &impl, const Dataset &data,
                                    int64_t training,
                                    const FitOptions &options) {
  bool isOwn = options.validationData != nullptr;
  int64_t batch = options.validationBatch.value_or(options.batch);
  if (auto checked = impl.checkBatch(batch, "validation batch"); !checked)
    return Unexpected(checked.error());
  auto feed = Feed::open(impl, "evaluate",
                         isOwn ? *options.validationData : data, batch);
  if (!feed)
    return Unexpected(feed.error());
  int64_t first = isOwn ? 0 : training;
  int64_t count = feed->size() - first;
  if (options.validationSteps)
    count = std::min(count, std::min(*options.validationSteps, count) * batch);
  if (auto prepared = prepare(impl, feed->program(), count, batch); !prepared)
    return Unexpected(prepared.error());
  return Validation{*std::move(feed), first, count, batch};
}

/// Numbers that mean other classes than the model has learned them for.
void noteNewClasses(Session::Impl &impl, const Callbacks &callbacks,
                    const std::vector<std::string> &names) {
  const std::vector<std::string> &old = impl.classNames;
  auto [was, is] = std::ranges::mismatch(old, names);
  if (old.empty() || (was == old.end() && is == names.end()))
    return;
  auto quote = [](auto at, const std::vector<std::string> &list) {
    return at == list.end() ? "none" : fmt::format("\"{}\"", *at);
  };
  SessionTrainer(impl, callbacks, false)
      .note(
          fmt::format("the classes are others than those of the model: number "
                      "{} is {} and was {}. To keep its numbers, give a "
                      "folder, which may be empty, for each of its classes",
                      was - old.begin(), quote(is, names), quote(was, old)));
}

} // namespace

Expected<History> Session::fit(const Dataset &data, const FitOptions &options) {
  session::Turns::Alone alone(*impl->turns);
  auto feed =
      Feed::open(*impl, "train", data, options.batch, options.classWeight);
  if (!feed)
    return Unexpected(feed.error());
  size_t program = feed->program();
  if (auto checked = checkCounts(options); !checked)
    return Unexpected(checked.error());
  // Data given for validation goes before a part of the training data.
  double split = options.validationData ? 0 : options.validationSplit;
  auto training = cutForTraining(feed->size(), split);
  if (!training)
    return Unexpected(training.error());

  std::optional<Validation> validation;
  if (options.validationData || split > 0) {
    auto opened = openValidation(*impl, data, *training, options);
    if (!opened)
      return Unexpected(opened.error());
    validation = *std::move(opened);
  }
  if (auto prepared = prepare(*impl, program, *training, options.batch);
      !prepared)
    return Unexpected(prepared.error());

  if (!data.classNames.empty()) {
    noteNewClasses(*impl, options.callbacks, data.classNames);
    impl->classNames = data.classNames;
  }
  if (!data.pictureFormat.empty())
    impl->pictureFormat = data.pictureFormat;
  auto perLaunch = reserveSteps(*impl, program, *training, options);
  if (!perLaunch)
    return Unexpected(perLaunch.error());
  std::optional<RunBackup> backup;
  if (options.backup) {
    auto opened = RunBackup::open(
        *impl, *options.backup,
        session::identifyRun(*impl, options, data, *training,
                             validation ? validation->count : 0));
    if (!opened)
      return Unexpected(opened.error());
    backup.emplace(*std::move(opened));
  }
  Training fit{*impl,
               options,
               program,
               std::move(*feed),
               Batcher(0, *training, options.batch),
               std::move(validation),
               countStepsPerGroup(*impl, options),
               *perLaunch,
               std::move(backup)};
  if (auto ran = fit.run(); !ran)
    return Unexpected(ran.error());
  if (options.profile) {
    int64_t full = std::min(options.batch, *training);
    fit.history.launchMilliseconds = impl->device->profile(program);
    fit.history.launchCode = impl->device->describeCalls(program, full);
  }
  return std::move(fit.history);
}

} // namespace dlc
