// Several steps at a launch, on ptx-sim.
#include "test/runtime/cuda/OnSim.h"

#include <array>

namespace dlc::cuda::test {
namespace {

using StepsTest = OnSim;

constexpr int64_t n = 4;

/// What steps that start at 0, 1, ... add to w[j].
float sumOfSteps(int64_t steps, int64_t j) {
  float sum = 0;
  for (int64_t i = 0; i < steps; ++i)
    sum += sumOf(n, float(i), j);
  return sum;
}

// Streams that run early and streams that run late: a slot that was filled
// before it had been read would show.
TEST_F(StepsTest, RunsThemAsOneGraph) {
  for (uint64_t seed = 0; seed < 8; ++seed) {
    ptxSimSetSeed(seed);
    ptxSimReset();
    auto executor = open();
    ASSERT_TRUE(executor) << executor.error().message();
    auto reserved = (*executor)->reserveSteps(0, 3);
    ASSERT_TRUE(reserved) << reserved.error().message();
    EXPECT_EQ(*reserved, 3);
    for (int64_t launch = 0; launch < 5; ++launch) {
      auto ran = runSeveral(**executor, n, float(3 * launch), 3);
      ASSERT_TRUE(ran) << ran.error().message();
    }
    std::vector<float> w = readWeights(**executor);
    for (int64_t j = 0; j < 3; ++j)
      EXPECT_EQ(w[size_t(j)], sumOfSteps(15, j)) << "seed " << seed;
    PtxSimCounters counters = countSim();
    // The first run is kernel by kernel; then there is a graph for each slot.
    EXPECT_EQ(counters.launches, 6u);
    EXPECT_EQ(counters.graphs, 2u);
    EXPECT_EQ(counters.graphLaunches, 4u);
    EXPECT_EQ(counters.graphKernels, 24u);
  }
  ptxSimSetSeed(0);
}

TEST_F(StepsTest, MixesRunsOfOneAndOfSeveral) {
  auto executor = open();
  ASSERT_TRUE(executor) << executor.error().message();
  ASSERT_TRUE((*executor)->reserveSteps(0, 4));
  float first = 0;
  for (int64_t steps : {1, 4, 2, 1, 4, 4, 1}) {
    auto ran = runSeveral(**executor, n, first, steps);
    ASSERT_TRUE(ran) << ran.error().message();
    first += float(steps);
  }
  std::vector<float> w = readWeights(**executor);
  for (int64_t j = 0; j < 3; ++j)
    EXPECT_EQ(w[size_t(j)], sumOfSteps(17, j));
  EXPECT_EQ(countSim().graphLaunches, 6u);
}

TEST_F(StepsTest, KeepsAnOutputOfEachStep) {
  uint32_t sum = addSum();
  auto executor = open();
  ASSERT_TRUE(executor) << executor.error().message();
  ASSERT_TRUE((*executor)->reserveSteps(1, 3));
  for (float first : {0.0f, 10.0f, 20.0f}) {
    ASSERT_TRUE(runSeveral(**executor, 1, first, 3, 1));
    std::array<float, 3> sums = {};
    auto read =
        (*executor)->readSteps(1, sum, std::as_writable_bytes(std::span(sums)));
    ASSERT_TRUE(read) << read.error().message();
    for (size_t i = 0; i < 3; ++i)
      EXPECT_EQ(sums[i], 3 * (first + float(i)) + 3);
  }
  // A run of one step leaves its own.
  ASSERT_TRUE(runSeveral(**executor, 1, 7, 1, 1));
  float one = 0;
  ASSERT_TRUE((*executor)->readSteps(
      1, sum, std::as_writable_bytes(std::span(&one, 1))));
  EXPECT_EQ(one, 24);
}

TEST_F(StepsTest, PoisonsBeforeEachStep) {
  ExecutorOptions options = onSim();
  options.poison = true;
  auto executor = open(options);
  ASSERT_TRUE(executor) << executor.error().message();
  ASSERT_TRUE((*executor)->reserveSteps(0, 2));
  for (int64_t launch = 0; launch < 2; ++launch)
    ASSERT_TRUE(runSeveral(**executor, n, float(2 * launch), 2));
  std::vector<float> w = readWeights(**executor), y(3 * tinyMaxBatch);
  for (int64_t j = 0; j < 3; ++j)
    EXPECT_EQ(w[size_t(j)], sumOfSteps(4, j));
  ASSERT_TRUE(
      (*executor)->readBuffer(0, 1, std::as_writable_bytes(std::span(y))));
  EXPECT_NE(y[3 * n], y[3 * n]) << "what the step has not written is NaN";
}

TEST_F(StepsTest, TimesLaunchesOfEachStep) {
  auto executor = open();
  ASSERT_TRUE(executor) << executor.error().message();
  ASSERT_TRUE((*executor)->reserveSteps(0, 2));
  ASSERT_TRUE(runSeveral(**executor, n, 0, 2));
  (*executor)->startProfile(0);
  ASSERT_TRUE(runSeveral(**executor, n, 2, 2));
  for (double milliseconds : (*executor)->profile(0))
    EXPECT_GT(milliseconds, 0);
  EXPECT_EQ(readWeights(**executor)[1], sumOfSteps(4, 1));
}

TEST_F(StepsTest, NamesTheLaunchThatFaults) {
  auto executor = open();
  ASSERT_TRUE(executor) << executor.error().message();
  ASSERT_TRUE((*executor)->reserveSteps(0, 3));
  ASSERT_TRUE(runSeveral(**executor, n, 0, 3));
  ptxSimFaultAt(4); // the second step of the graph
  auto ran = runSeveral(**executor, n, 3, 3);
  if (ran)
    ran = (*executor)->finish();
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().thing, "program \"train\": launch \"k1\" (fc1)");
  EXPECT_NE(ran.error().remedy.find("6 steps before"), std::string::npos)
      << ran.error().message();
}

TEST_F(StepsTest, RefusesMoreThanIsReserved) {
  auto executor = open();
  ASSERT_TRUE(executor) << executor.error().message();
  auto ran = (*executor)->run(0, n, 2);
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().message(), "run: is of 2 steps but there is room for 1 "
                                   "to 1; reserve them first");
  EXPECT_FALSE((*executor)->stageInput(0, 0, 1));
}

} // namespace
} // namespace dlc::cuda::test
