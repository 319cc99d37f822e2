// A run that goes on from its backup ends as one that was never stopped, to the
// bit.
#include "test/runtime/keras/Temporary.h"
#include "test/runtime/session/LinearModel.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstring>
#include <sys/resource.h>

namespace dlc::test {
namespace {

/// What a run leaves: all states, and its history.
struct Outcome {
  std::vector<Tensor> states;
  History history;
};

struct Setting {
  std::string device = "host";
  int64_t stepsPerLaunch = 1;
};

FitOptions makeOptions(const Setting &setting) {
  FitOptions options;
  options.batch = 4;
  options.epochs = 3;
  options.validationSplit = 0.2;
  options.logBatchLoss = true;
  options.stepsPerLaunch = setting.stepsPerLaunch;
  return options;
}

Session open(const Setting &setting, uint64_t seed = 5) {
  auto session = Session::open(makeLinearModelForGpu(),
                               {.seed = seed, .device = setting.device});
  EXPECT_TRUE(session) << session.error().message();
  return std::move(*session);
}

/// 18 of 23 samples train: 5 steps an epoch, the last one smaller.
const Dataset &data() {
  static const Dataset line = makeLine(23);
  return line;
}

Outcome run(const Setting &setting, const FitOptions &options) {
  Session session = open(setting);
  auto history = session.fit(data(), options);
  EXPECT_TRUE(history) << history.error().message();
  Outcome outcome;
  if (history)
    outcome.history = *std::move(history);
  for (const artifact::State &state : session.manifest().states)
    outcome.states.push_back(*session.state(state.name));
  return outcome;
}

void expectSame(const Outcome &left, const Outcome &right) {
  for (size_t i = 0; i < left.states.size(); ++i)
    EXPECT_EQ(std::memcmp(left.states[i].data(), right.states[i].data(),
                          left.states[i].bytes()),
              0)
        << "state " << i;
  EXPECT_EQ(left.history.epochs, right.history.epochs);
  EXPECT_EQ(left.history.batchLoss, right.history.batchLoss);
}

/// Interrupts fit once `steps` steps are done in this call.
FitOptions stopAfter(FitOptions options, int64_t steps) {
  auto left = std::make_shared<int64_t>(steps);
  int64_t each = *options.stepsPerLaunch;
  options.callbacks.onStep = [left, each](const EpochInfo &) { *left -= each; };
  options.callbacks.shouldStop = [left] { return *left <= 0; };
  return options;
}

class Resume : public testing::TestWithParam<Setting> {};

TEST_P(Resume, GoesOnFromEveryStep) {
  FitOptions options = makeOptions(GetParam());
  Outcome whole = run(GetParam(), options);
  ASSERT_EQ(whole.history.batchLoss.size(), 15u);
  for (int64_t steps = 1; steps <= 15; ++steps) {
    SCOPED_TRACE(steps);
    TemporaryFolder folder(memoryFolder());
    options.backup = BackupOptions{folder / "run"};
    Outcome part = run(GetParam(), stopAfter(options, steps));
    EXPECT_TRUE(part.history.stopped);
    options.backup->resume = true;
    Outcome rest = run(GetParam(), options);
    EXPECT_EQ(rest.history.stepsBefore, int64_t(part.history.batchLoss.size()));
    expectSame(rest, whole);
    // Nothing is left to do, and the results are those of before.
    Outcome again = run(GetParam(), options);
    EXPECT_EQ(again.history.stepsBefore, 15);
    EXPECT_TRUE(again.history.stepMilliseconds.empty());
    expectSame(again, whole);
  }
}

TEST_P(Resume, GoesOnTwice) {
  FitOptions options = makeOptions(GetParam());
  Outcome whole = run(GetParam(), options);
  TemporaryFolder folder(memoryFolder());
  options.backup = BackupOptions{folder / "run", /*everySteps=*/2};
  run(GetParam(), stopAfter(options, 3));
  options.backup = BackupOptions{folder / "run", 0, /*resume=*/true};
  run(GetParam(), stopAfter(options, 5));
  expectSame(run(GetParam(), options), whole);
}

TEST_P(Resume, GoesOnWithMoreEpochs) {
  FitOptions options = makeOptions(GetParam());
  Outcome whole = run(GetParam(), options);
  TemporaryFolder folder(memoryFolder());
  options.backup = BackupOptions{folder / "run"};
  options.epochs = 1;
  run(GetParam(), options);
  options.backup->resume = true;
  options.epochs = 3;
  expectSame(run(GetParam(), options), whole);
}

TEST_P(Resume, GoesOnAfterAStepThatEndedIt) {
  FitOptions options = makeOptions(GetParam());
  Outcome whole = run(GetParam(), options);
  options.maxSteps = 8;
  Outcome shorter = run(GetParam(), options);
  TemporaryFolder folder(memoryFolder());
  options.backup = BackupOptions{folder / "run"};
  options.maxSteps = 7;
  run(GetParam(), options);
  options.backup->resume = true;
  options.maxSteps = 8;
  expectSame(run(GetParam(), options), shorter);
  expectSame(run(GetParam(), options), shorter); // nothing is left to do
  options.maxSteps = 0;
  expectSame(run(GetParam(), options), whole);
}

/// Counts, keeps the weights of the first epoch for the end, and stops in the
/// middle of an epoch.
class Watcher : public Callback {
public:
  explicit Watcher(int64_t stopAfter) : stopAfter(stopAfter) {}
  int64_t begun = 0, epochs = 0, seen = 0;

  std::string name() const override { return "Watcher"; }
  Expected<void> onTrainBegin(Trainer &) override {
    ++begun;
    return {};
  }
  Expected<void> onEpochBegin(int64_t, Trainer &) override {
    ++epochs;
    return {};
  }
  Expected<void> onTrainBatchEnd(int64_t, Trainer &trainer) override {
    auto iterations = trainer.iterations();
    EXPECT_TRUE(iterations);
    seen = *iterations;
    if (seen >= stopAfter)
      trainer.stopTraining();
    return {};
  }
  Expected<void> onEpochEnd(int64_t, Logs &logs, Trainer &trainer) override {
    logs.emplace_back("seen", double(seen + epochs));
    if (weights.empty()) {
      auto kept = trainer.weights();
      EXPECT_TRUE(kept);
      weights = *std::move(kept);
    }
    return {};
  }
  Expected<void> onTrainEnd(const Logs &logs, Trainer &trainer) override {
    EXPECT_EQ(logs.back().first, "seen");
    return trainer.setWeights(weights);
  }
  CallbackState saveState() const override {
    return {std::to_string(100 * epochs + seen), weights};
  }
  Expected<void> loadState(const CallbackState &state, Trainer &) override {
    epochs = std::stoll(state.json) / 100;
    seen = std::stoll(state.json) % 100;
    weights = state.tensors;
    return {};
  }

private:
  int64_t stopAfter;
  NamedTensors weights;
};

TEST_P(Resume, CallbacksGoOn) {
  FitOptions options = makeOptions(GetParam());
  Watcher plain(/*stopAfter=*/12);
  options.callbacks.objects = {&plain};
  Outcome whole = run(GetParam(), options);
  EXPECT_LT(whole.history.batchLoss.size(), 15u);
  EXPECT_EQ(whole.history.epochs.back().first, "seen");
  EXPECT_EQ(plain.epochs, 3);
  for (int64_t steps = 1; steps <= 12; steps += 2) {
    SCOPED_TRACE(steps);
    TemporaryFolder folder(memoryFolder());
    options.backup = BackupOptions{folder / "run"};
    Watcher first(12), second(12), third(12);
    options.callbacks.objects = {&first};
    run(GetParam(), stopAfter(options, steps));
    options.backup->resume = true;
    options.callbacks.objects = {&second};
    expectSame(run(GetParam(), options), whole);
    EXPECT_EQ(second.begun, 0);
    EXPECT_EQ(second.epochs, 3);
    options.callbacks.objects = {&third};
    expectSame(run(GetParam(), options), whole);
    options.callbacks.objects = {};
    Session session = open(GetParam());
    EXPECT_NE(session.fit(data(), options)
                  .error()
                  .message()
                  .find("the callbacks Watcher but this run has none"),
              std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, Resume,
                         testing::Values(Setting{"host", 1}, Setting{"host", 2},
                                         Setting{"sim", 2}),
                         [](const auto &info) {
                           return info.param.device +
                                  std::to_string(info.param.stepsPerLaunch);
                         });

TEST(ResumeFromAnyBackup, IsExact) {
  // The file after each step, as a run that is killed there leaves it.
  Setting setting;
  FitOptions options = makeOptions(setting);
  Outcome whole = run(setting, options);
  TemporaryFolder folder(memoryFolder());
  options.backup = BackupOptions{folder / "run", /*everySteps=*/1};
  FitOptions watched = options;
  int copies = 0;
  watched.callbacks.onStep = [&](const EpochInfo &) {
    // What is being written may be there yet or not.
    std::filesystem::create_directory(folder / std::to_string(copies));
    std::filesystem::copy_file(folder / "run" / "state.dlcb",
                               folder / std::to_string(copies) / "state.dlcb");
    ++copies;
  };
  expectSame(run(setting, watched), whole);
  ASSERT_EQ(copies, 15);
  for (int i = 0; i < copies; ++i) {
    SCOPED_TRACE(i);
    options.backup = BackupOptions{folder / std::to_string(i), 0, true};
    expectSame(run(setting, options), whole);
  }
}

/// The error of going on with a run of makeOptions that was stopped in its
/// second epoch.
std::string refuse(const FitOptions &options, uint64_t seed = 5,
                   const Dataset &samples = data()) {
  TemporaryFolder folder(memoryFolder());
  FitOptions first = makeOptions({});
  first.backup = BackupOptions{folder / "run"};
  run({}, stopAfter(first, 7));
  FitOptions second = options;
  second.backup = BackupOptions{folder / "run", 0, /*resume=*/true};
  Session session = open({}, seed);
  Tensor before = *session.state("fc/kernel");
  auto history = session.fit(samples, second);
  EXPECT_FALSE(history);
  EXPECT_EQ(std::memcmp(session.state("fc/kernel")->data(), before.data(),
                        before.bytes()),
            0);
  // And the backup is as good as it was.
  EXPECT_EQ(run({},
                [&] {
                  first.backup->resume = true;
                  return first;
                }())
                .history.stepsBefore,
            7);
  return history ? "" : history.error().message();
}

TEST(ResumeRefuses, WhatIsAnotherRun) {
  FitOptions options = makeOptions({});
  EXPECT_NE(refuse(options, 6).find("made with --seed 5 but this run has 6"),
            std::string::npos);
  options.batch = 5;
  EXPECT_NE(refuse(options).find("--batch 4"), std::string::npos);
  options = makeOptions({});
  EXPECT_NE(refuse(options, 5, makeLine(24)).find("samples to train on: 18"),
            std::string::npos);
  options.shuffle = false;
  EXPECT_NE(refuse(options).find("--shuffle"), std::string::npos);
  options = makeOptions({});
  options.logBatchLoss = false;
  EXPECT_NE(refuse(options).find("losses of steps kept"), std::string::npos);
  options = makeOptions({});
  options.epochs = 1;
  EXPECT_NE(refuse(options).find("is in epoch 2 but this run has 1"),
            std::string::npos);
  options = makeOptions({});
  options.maxSteps = 6;
  EXPECT_NE(refuse(options).find("is at step 7"), std::string::npos);
}

TEST(ResumeRefuses, AnotherModel) {
  TemporaryFolder folder(memoryFolder());
  FitOptions options = makeOptions({});
  options.backup = BackupOptions{folder / "run"};
  run({}, stopAfter(options, 7));
  options.backup->resume = true;
  artifact::Artifact artifact = makeLinearModel();
  artifact::Blob &config =
      artifact.blobs[size_t(artifact.manifest.kerasConfig)];
  std::vector<std::byte> bytes(config.begin(), config.end());
  std::ranges::copy(std::as_bytes(std::span("{\"class_name\": \"N\"}", 19)),
                    bytes.begin());
  config = std::move(bytes);
  auto other = Session::open(artifact, {.seed = 5});
  ASSERT_TRUE(other);
  auto history = other->fit(data(), options);
  ASSERT_FALSE(history);
  EXPECT_NE(history.error().message().find("class_name M"), std::string::npos)
      << history.error().message();
}

TEST(Backup, ReplacesNoOtherRun) {
  TemporaryFolder folder(memoryFolder());
  FitOptions options = makeOptions({});
  options.backup = BackupOptions{folder / "run"};
  run({}, options);
  Session session = open({});
  EXPECT_EQ(session.fit(data(), options).error().value,
            "holds the backup of a run");
  options.backup = BackupOptions{folder / "none", 0, /*resume=*/true};
  EXPECT_EQ(session.fit(data(), options).error().value,
            "holds no backup of a run");
}

/// Of a disk that has no room for the first one.
TEST(Backup, TellsThatThereIsNoneYet) {
  TemporaryFolder folder(memoryFolder());
  FitOptions options = makeOptions({});
  options.backup = BackupOptions{folder / "run"};
  Session session = open({});
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit little = {10, before.rlim_max};
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &little), 0);
  auto history = session.fit(data(), options);
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(history);
  EXPECT_TRUE(history.error().remedy.ends_with("; there is no backup yet"))
      << history.error().message();
}

} // namespace
} // namespace dlc::test
