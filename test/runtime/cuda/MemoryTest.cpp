// What the executor says where the GPU's memory does not suffice.
#include "runtime/cuda/Budget.h"
#include "test/runtime/cuda/OnSim.h"

namespace dlc::cuda::test {
namespace {

using MemoryTest = OnSim;

TEST_F(MemoryTest, SaysWhatMemoryIsNeededAndWhichBatchFits) {
  ptxSimSetMemory(700);
  auto executor = open();
  ASSERT_FALSE(executor);
  EXPECT_EQ(
      executor.error().message(),
      "GPU \"ptx-sim\": has 700 bytes of 700 bytes free but batches of 16 need "
      "960 bytes: 64 bytes for weights and optimizer state, 384 bytes for a "
      "step "
      "(at its fullest 192 bytes of \"fc1\"), 512 bytes for inputs; compile "
      "the "
      "model with --batch 11, which should fit");
}

// Memory for more steps at a launch comes later; what there was stays.
TEST_F(MemoryTest, SaysHowManyStepsAtALaunchFit) {
  ptxSimSetMemory(3000);
  auto executor = open();
  ASSERT_TRUE(executor) << executor.error().message();
  auto reserved = (*executor)->reserveSteps(0, 8);
  ASSERT_FALSE(reserved);
  EXPECT_EQ(
      reserved.error().message(),
      "GPU \"ptx-sim\": has 3000 bytes of 3000 bytes free but batches of 16 "
      "need 4544 bytes: 64 bytes for weights and optimizer state, 384 bytes "
      "for a step (at its fullest 192 bytes of \"fc1\"), 4096 bytes for "
      "inputs of 8 steps at a launch; choose --steps-per-launch 4, which "
      "should fit");
  ASSERT_TRUE(step(**executor, 4, 0));
  auto fewer = (*executor)->reserveSteps(0, 4);
  ASSERT_TRUE(fewer) << fewer.error().message();
  ptxSimSetMemory(size_t(8) << 30); // for the graphs
  ASSERT_TRUE(runSeveral(**executor, 4, 1, 4));
  EXPECT_EQ(readWeights(**executor)[0], sumOf(4, 0, 0) + sumOf(4, 1, 0) +
                                            sumOf(4, 2, 0) + sumOf(4, 3, 0) +
                                            sumOf(4, 4, 0));
}

// What the driver takes beside: tables of pointers, and graphs.
TEST_F(MemoryTest, ExplainsTablesThatDoNotFit) {
  addSum();
  uint64_t needed = countMemory(tiny.manifest).total();
  ptxSimSetMemory(needed);
  auto executor = open();
  ASSERT_FALSE(executor);
  std::string message = executor.error().message();
  EXPECT_NE(message.find("batches of 16 need"), std::string::npos) << message;
  EXPECT_NE(message.find("no room for tables of tensors; compile the model "
                         "with a smaller --batch"),
            std::string::npos)
      << message;
}

TEST_F(MemoryTest, ExplainsGraphsThatDoNotFit) {
  ptxSimSetMemory(countMemory(tiny.manifest).total());
  auto executor = open();
  ASSERT_TRUE(executor) << executor.error().message();
  ASSERT_TRUE(step(**executor, 4, 0));
  auto ran = step(**executor, 4, 0);
  ASSERT_FALSE(ran);
  std::string message = ran.error().message();
  EXPECT_NE(message.find("no room for program \"train\": graph for batches of "
                         "4; compile the model with a smaller --batch"),
            std::string::npos)
      << message;
  // That is no fault: the weights are there, as of the first step.
  EXPECT_EQ(readWeights(**executor)[0], sumOf(4, 0, 0));
}

} // namespace
} // namespace dlc::cuda::test
