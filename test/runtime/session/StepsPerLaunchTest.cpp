// Several steps at a launch: what a session gives does not depend on it.
#include "runtime/session/Session.h"

#include "test/runtime/session/LinearModel.h"
#include "tools/ptx-sim/driver/PtxSim.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace dlc::test {
namespace {

class StepsPerLaunch : public testing::TestWithParam<const char *> {
protected:
  StepsPerLaunch() {
    setenv("DLC_PTX_SIM", DLC_TEST_PTX_SIM, 1);
    ptxSimReset();
  }

  static Session open(artifact::Artifact artifact = makeLinearModelForGpu()) {
    auto session =
        Session::open(std::move(artifact), {.seed = 3, .device = GetParam()});
    EXPECT_TRUE(session) << session.error().message();
    return std::move(*session);
  }

  /// What training gives, to the last bit.
  struct Trained {
    std::vector<double> batchLoss;
    std::vector<std::pair<std::string, std::vector<double>>> epochs;
    std::vector<float> weights;
    int32_t iterations = 0;
    std::vector<int64_t> told; // the steps that onStep was given

    bool operator==(const Trained &) const = default;
  };
  static Trained train(FitOptions options, std::optional<int64_t> perLaunch,
                       int64_t samples = 29) {
    Session session = open();
    Trained trained;
    options.stepsPerLaunch = perLaunch;
    options.logBatchLoss = true;
    options.callbacks.onStep = [&](const EpochInfo &info) {
      trained.told.push_back(info.step);
    };
    auto history = session.fit(makeLine(samples), options);
    EXPECT_TRUE(history) << history.error().message();
    if (!history)
      return trained;
    EXPECT_EQ(history->stepMilliseconds.size(), history->batchLoss.size());
    EXPECT_EQ(history->dataMilliseconds.size(), history->batchLoss.size());
    trained.batchLoss = history->batchLoss;
    trained.epochs = history->epochs;
    for (const char *name : {"fc/kernel", "fc/bias"})
      for (Tensor state = *session.state(name); float w : state.as<float>())
        trained.weights.push_back(w);
    trained.iterations = session.state("optimizer/iteration")->as<int32_t>()[0];
    return trained;
  }
};

TEST_P(StepsPerLaunch, ChangesNoBit) {
  FitOptions options;
  options.batch = 4;
  options.epochs = 3;
  options.validationSplit = 0.25; // 21 train: 5 full batches and one of 1
  for (int64_t maxSteps : {0, 8, 15}) {
    options.maxSteps = maxSteps;
    Trained one = train(options, 1);
    EXPECT_EQ(one.batchLoss.size(), size_t(maxSteps ? maxSteps : 18));
    for (int64_t perLaunch : {2, 3, 5, 6, 100}) {
      Trained several = train(options, perLaunch);
      several.told = one.told;
      EXPECT_EQ(several, one) << perLaunch << " steps, at most " << maxSteps;
    }
  }
}

TEST_P(StepsPerLaunch, CallsBackAfterEachLaunch) {
  FitOptions options;
  options.batch = 4;
  options.epochs = 2;
  using Steps = std::vector<int64_t>;
  EXPECT_EQ(train(options, 3).told, (Steps{3, 6, 8, 3, 6, 8}));
  options.maxSteps = 13;
  EXPECT_EQ(train(options, 4).told, (Steps{4, 8, 4, 5}));

  Session session = open();
  options.maxSteps = 0;
  options.stepsPerLaunch = 3;
  options.callbacks.shouldStop = [] { return true; };
  auto history = session.fit(makeLine(29), options);
  ASSERT_TRUE(history) << history.error().message();
  EXPECT_TRUE(history->stopped);
  EXPECT_EQ(history->stepMilliseconds.size(), 3u);
}

TEST_P(StepsPerLaunch, IsWhatTheModelWasCompiledWith) {
  artifact::Artifact artifact = makeLinearModelForGpu();
  artifact.manifest.stepsPerLaunch = 2;
  Session session = open(std::move(artifact));
  std::vector<int64_t> told;
  FitOptions options;
  options.batch = 4;
  options.callbacks.onStep = [&](const EpochInfo &info) {
    told.push_back(info.step);
  };
  ASSERT_TRUE(session.fit(makeLine(16), options));
  EXPECT_EQ(told, (std::vector<int64_t>{2, 4}));
  options.stepsPerLaunch = 1;
  ASSERT_TRUE(session.fit(makeLine(8), options));
  EXPECT_EQ(told, (std::vector<int64_t>{2, 4, 1, 2}));
}

TEST_P(StepsPerLaunch, IsAtLeastOne) {
  Session session = open();
  FitOptions options;
  options.batch = 4;
  for (int64_t wrong : {0, -2}) {
    options.stepsPerLaunch = wrong;
    auto history = session.fit(makeLine(8), options);
    ASSERT_FALSE(history);
    EXPECT_EQ(history.error().message(),
              "steps per launch: is " + std::to_string(wrong) +
                  " but a launch runs at least one step; give 1 or more");
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, StepsPerLaunch,
                         testing::Values("host", "sim"),
                         [](const auto &info) { return info.param; });

class StepsPerGraph : public StepsPerLaunch {};

TEST_P(StepsPerGraph, LaunchesOneGraphForSeveralSteps) {
  FitOptions options;
  options.batch = 4;
  options.epochs = 3;
  train(options, 4, 44); // 11 steps an epoch: 4, 4 and 3 alone
  PtxSimCounters counters;
  ptxSimCounters(&counters);
  // All but the first launch, which is kernel by kernel.
  EXPECT_EQ(counters.graphLaunches, 3u * (2 + 3) - 1);
  // Two slots of 4 steps, and one step.
  EXPECT_EQ(counters.graphs, 3u);
}

TEST_P(StepsPerGraph, SaysHowManyStepsFit) {
  artifact::Artifact artifact = makeLinearModelForGpu();
  Session session = open(artifact);
  ptxSimSetMemory(8192);
  FitOptions options;
  options.batch = 1;
  options.stepsPerLaunch = 64;
  auto history = session.fit(makeLine(64), options);
  ptxSimSetMemory(size_t(8) << 30);
  ASSERT_FALSE(history);
  std::string message = history.error().message();
  EXPECT_NE(message.find("inputs of 64 steps at a launch; choose "
                         "--steps-per-launch "),
            std::string::npos)
      << message;
}

INSTANTIATE_TEST_SUITE_P(Sim, StepsPerGraph, testing::Values("sim"));

} // namespace
} // namespace dlc::test
