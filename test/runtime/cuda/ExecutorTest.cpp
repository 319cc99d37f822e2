// The executor on ptx-sim: hand-made programs, whose kernels are PTX.
#include "test/runtime/cuda/OnSim.h"

#include <thread>

namespace dlc::cuda::test {
namespace {

using artifact::Program;

using ExecutorTest = OnSim;

TEST_F(ExecutorTest, UpdatesWeightsAndGivesOutputs) {
  auto executor = open();
  ASSERT_TRUE(executor) << executor.error().message();
  EXPECT_EQ((*executor)->name(), "ptx-sim");
  EXPECT_EQ((*executor)->target(), "ptx");
  auto ran = step(**executor, 4, 10);
  ASSERT_TRUE(ran) << ran.error().message();
  std::vector<float> y(12);
  ASSERT_TRUE(
      (*executor)->readBuffer(0, 1, std::as_writable_bytes(std::span(y))));
  for (int i = 0; i < 12; ++i)
    EXPECT_EQ(y[size_t(i)], 11 + float(i));
  std::vector<float> w = readWeights(**executor);
  for (int j = 0; j < 3; ++j)
    EXPECT_EQ(w[size_t(j)], sumOf(4, 10, j));
}

TEST_F(ExecutorTest, ReplaysOneGraphAStep) {
  auto executor = open();
  ASSERT_TRUE(executor) << executor.error().message();
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(step(**executor, 4, float(i)));
  ASSERT_TRUE((*executor)->finish());
  PtxSimCounters counters = countSim();
  // The first step runs kernel by kernel, so that a fault names its launch.
  EXPECT_EQ(counters.launches, 2u);
  EXPECT_EQ(counters.graphs, 1u);
  EXPECT_EQ(counters.graphLaunches, 4u);
  EXPECT_EQ(counters.graphKernels, 8u);
  EXPECT_EQ(counters.kernels, 10u);
  // Each step sends x up and copies it into the arena; nothing else moves.
  EXPECT_EQ(counters.copies, 10u);
  EXPECT_EQ(counters.copiedBytes, 10u * 4 * 3 * sizeof(float));
}

TEST_F(ExecutorTest, MakesAGraphForEachBatchSizeOnce) {
  auto executor = open();
  ASSERT_TRUE(executor) << executor.error().message();
  float expected[3] = {};
  int i = 0;
  for (int64_t n : {4, 4, 2, 16, 2, 4, 16, 2}) {
    ASSERT_TRUE(step(**executor, n, float(++i)));
    for (int j = 0; j < 3; ++j)
      expected[j] += sumOf(n, float(i), j);
  }
  std::vector<float> w = readWeights(**executor);
  for (int j = 0; j < 3; ++j)
    EXPECT_EQ(w[size_t(j)], expected[j]);
  EXPECT_EQ(countSim().graphs, 3u);
  EXPECT_EQ(countSim().graphLaunches, 5u);

  auto tooMany = step(**executor, 16, 0);
  ASSERT_TRUE(tooMany);
  auto refused = (*executor)->run(0, 17, 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(),
            "batch: has 17 samples but the model was compiled for 1 to 16; use "
            "smaller batches or compile with a larger --batch");
}

// Streams that run early and streams that run late: what is not tied by events
// would read an input of another step.
TEST_F(ExecutorTest, OverlapsCopiesWithStepsInAnyOrder) {
  for (uint64_t seed = 0; seed < 8; ++seed) {
    ptxSimSetSeed(seed);
    auto executor = open();
    ASSERT_TRUE(executor) << executor.error().message();
    float expected[3] = {};
    for (int i = 0; i < 9; ++i) {
      ASSERT_TRUE(step(**executor, 4, float(100 * i)));
      for (int j = 0; j < 3; ++j)
        expected[j] += sumOf(4, float(100 * i), j);
    }
    std::vector<float> w = readWeights(**executor);
    for (int j = 0; j < 3; ++j)
      EXPECT_EQ(w[size_t(j)], expected[j]) << "seed " << seed;
  }
  ptxSimSetSeed(0);
}

TEST_F(ExecutorTest, PoisonLeavesInputs) {
  ExecutorOptions options = onSim();
  options.poison = true;
  auto executor = open(options);
  ASSERT_TRUE(executor) << executor.error().message();
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(step(**executor, 2, 1));
  std::vector<float> w = readWeights(**executor), y(3 * tinyMaxBatch);
  for (int j = 0; j < 3; ++j)
    EXPECT_EQ(w[size_t(j)], 3 * sumOf(2, 1, j));
  ASSERT_TRUE(
      (*executor)->readBuffer(0, 1, std::as_writable_bytes(std::span(y))));
  EXPECT_EQ(y[5], 7);
  EXPECT_NE(y[6], y[6]) << "what the step has not written is NaN";
}

TEST_F(ExecutorTest, KeepsWhatIsWritten) {
  auto executor = open();
  ASSERT_TRUE(executor) << executor.error().message();
  EXPECT_EQ(readWeights(**executor), std::vector<float>(3, 0));
  std::vector<float> w = {1, 2, 3};
  ASSERT_TRUE((*executor)->writeState(0, std::as_bytes(std::span(w))));
  ASSERT_TRUE(step(**executor, 1, 0));
  EXPECT_EQ(readWeights(**executor), (std::vector<float>{2, 4, 6}));
}

TEST_F(ExecutorTest, GivesTablesToKernelsOfManyTensors) {
  uint32_t sum = addSum();
  auto executor = open();
  ASSERT_TRUE(executor) << executor.error().message();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(step(**executor, 2, 1, 1));
    float value = 0;
    ASSERT_TRUE((*executor)->readBuffer(
        1, sum, std::as_writable_bytes(std::span(&value, 1))));
    EXPECT_EQ(value, 21);
  }
}

TEST_F(ExecutorTest, TimesLaunches) {
  auto executor = open();
  ASSERT_TRUE(executor) << executor.error().message();
  ASSERT_TRUE(step(**executor, 2, 1));
  EXPECT_TRUE((*executor)->profile(0).empty());
  (*executor)->startProfile(0);
  for (int i = 0; i < 2; ++i)
    ASSERT_TRUE(step(**executor, 2, 1));
  ASSERT_EQ((*executor)->profile(0).size(), 2u);
  for (double milliseconds : (*executor)->profile(0))
    EXPECT_GT(milliseconds, 0);
  EXPECT_EQ(countSim().graphs, 0u);
}

TEST_F(ExecutorTest, LeavesProgramsOfTheHostAlone) {
  Program host = tiny.manifest.programs[0];
  host.device = artifact::onHost;
  tiny.manifest.programs.insert(tiny.manifest.programs.begin(), host);
  auto executor = Executor::create(tiny, onSim());
  ASSERT_TRUE(executor) << executor.error().message();
  ASSERT_TRUE(step(**executor, 2, 1, 1));
  EXPECT_EQ(readWeights(**executor)[0], sumOf(2, 1, 0));
}

TEST_F(ExecutorTest, WorksBesideOthersOnThreads) {
  std::vector<std::thread> threads;
  for (int64_t n = 1; n <= 4; ++n)
    threads.emplace_back([&, n] {
      auto executor = open();
      ASSERT_TRUE(executor) << executor.error().message();
      float expected = 0;
      for (int i = 0; i < 20; ++i) {
        auto ran = step(**executor, n, float(i));
        ASSERT_TRUE(ran) << ran.error().message();
        expected += sumOf(n, float(i), 2);
      }
      EXPECT_EQ(readWeights(**executor)[2], expected);
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(countSim().graphs, 4u);
}

//===-- What goes wrong ---------------------------------------------------===//

TEST_F(ExecutorTest, NamesTheLaunchThatFaults) {
  tiny.manifest.programs[0].launches[1].deviceStages[0].symbol = "accumulate";
  tiny.manifest.programs[0].launches[0].deviceStages.push_back(
      {"write_far", {1}});
  tiny.manifest.programs[0].launches[0].operands.clear();
  tiny.manifest.programs[0].launches[0].deviceStages.erase(
      tiny.manifest.programs[0].launches[0].deviceStages.begin());
  auto executor = open();
  ASSERT_TRUE(executor) << executor.error().message();
  std::vector<float> w = {1, 2, 3};
  ASSERT_TRUE((*executor)->writeState(0, std::as_bytes(std::span(w))));
  auto ran = step(**executor, 4, 10);
  ASSERT_FALSE(ran);
  const Error &error = ran.error();
  EXPECT_EQ(error.thing, "program \"train\": launch \"k0\" (fc1)");
  EXPECT_NE(error.value.find("CUDA_ERROR_ILLEGAL_ADDRESS"), std::string::npos)
      << error.message();
  EXPECT_NE(error.value.find("\"write_far\""), std::string::npos)
      << error.message();
  // The weights are still there; nothing else works.
  EXPECT_EQ(readWeights(**executor), w);
  auto again = (*executor)->finish();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().message(), error.message());
  EXPECT_FALSE(step(**executor, 4, 10));
}

// In a graph, nothing but ptx-sim's report tells which kernel it was, and the
// error comes with a later call.
TEST_F(ExecutorTest, NamesTheLaunchThatFaultsInAGraph) {
  for (uint64_t seed : {0, 1, 2, 3}) {
    ptxSimSetSeed(seed);
    auto executor = open();
    ASSERT_TRUE(executor) << executor.error().message();
    ASSERT_TRUE(step(**executor, 4, 10));
    ptxSimFaultAt(6); // the second kernel of the third step from here
    Expected<void> ran;
    for (int i = 0; i < 5 && ran; ++i)
      ran = step(**executor, 4, 10);
    if (ran)
      ran = (*executor)->finish();
    ASSERT_FALSE(ran);
    EXPECT_EQ(ran.error().thing, "program \"train\": launch \"k1\" (fc1)");
    // Nothing was copied to the host yet: the values of the beginning.
    EXPECT_EQ(readWeights(**executor), std::vector<float>(3, 0));
    ptxSimReset();
  }
  ptxSimSetSeed(0);
}

TEST_F(ExecutorTest, KeepsWeightsOfTheLastRescue) {
  ExecutorOptions options = onSim();
  options.rescueSeconds = 0; // after each step
  auto executor = open(options);
  ASSERT_TRUE(executor) << executor.error().message();
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(step(**executor, 4, 0));
  std::vector<float> w = readWeights(**executor);
  EXPECT_EQ(w[0], 3 * sumOf(4, 0, 0));
  ptxSimFaultAt(2);
  auto ran = step(**executor, 4, 0);
  ASSERT_FALSE(ran);
  EXPECT_NE(ran.error().remedy.find("1 steps before"), std::string::npos)
      << ran.error().message();
  EXPECT_EQ(readWeights(**executor), w);
}

/// Evaluation leaves the weights as they are: its steps are none behind.
TEST_F(ExecutorTest, CountsTheStepsThatAreLost) {
  addSum();
  auto executor = open();
  ASSERT_TRUE(executor) << executor.error().message();
  for (int i = 0; i < 2; ++i)
    ASSERT_TRUE(step(**executor, 4, 0));
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(step(**executor, 4, 0, 1));
  ASSERT_TRUE((*executor)->finish());
  ptxSimFaultAt(1);
  auto ran = step(**executor, 4, 0, 1);
  if (ran)
    ran = (*executor)->finish();
  ASSERT_FALSE(ran);
  EXPECT_NE(ran.error().remedy.find("those of 2 steps before"),
            std::string::npos)
      << ran.error().message();
}

TEST_F(ExecutorTest, LosesNothingWithoutTraining) {
  addSum();
  auto executor = open();
  ASSERT_TRUE(executor) << executor.error().message();
  ptxSimFaultAt(1);
  auto ran = step(**executor, 4, 0, 1);
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().remedy, "start again, no step of training is lost");
}

TEST_F(ExecutorTest, NamesMissingKernels) {
  tiny.manifest.programs[0].launches[1].deviceStages[0].symbol = "forgotten";
  auto executor = open();
  ASSERT_FALSE(executor);
  EXPECT_EQ(executor.error().message(),
            "program \"train\": launch \"k1\" (fc1): kernel \"forgotten\": is "
            "not in the device code for ptx; compile the model again");
}

} // namespace
} // namespace dlc::cuda::test
