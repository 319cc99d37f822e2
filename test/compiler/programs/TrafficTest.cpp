// Kernels that stream tensors move them by 16 bytes a thread.
//
// ptx-sim counts the bytes as they move: how often an instruction of the PTX
// runs cannot be read off the text, where a remainder of three elements takes
// as many instructions as the loop over all others.
#include "compiler/Compile.h"
#include "compiler/build/Layers.h"
#include "compiler/build/Model.h"
#include "test/compiler/programs/Step.h"

#include <gtest/gtest.h>

namespace dlc::test {

/// The memory system gives a warp full speed from here on; what is left are
/// rows of a few elements and scalars.
constexpr double leastShare = 0.95;

static CompileOptions onCuda(int64_t batch) {
  CompileOptions options;
  options.batch = batch;
  options.targets = {"cuda"};
  options.programs = {"train"};
  options.cacheDir.emplace();
  return options;
}

/// Trains a step and adds up what the fused kernels moved.
static void checkShare(const Expected<artifact::Artifact> &artifact) {
  ASSERT_TRUE(artifact) << artifact.error().message();
  auto device =
      cuda::Executor::create(*artifact, {.library = DLC_TEST_PTX_SIM});
  ASSERT_TRUE(device) << device.error().message();
  const artifact::Program &train = artifact->manifest.programs.front();
  ASSERT_EQ(train.name, "train");
  ptxSimReset();
  auto ran = step(**device, train, 0, artifact->manifest.maxBatch);
  ASSERT_TRUE(ran) << ran.error().message();

  uint64_t wide = 0, narrow = 0;
  std::string list;
  for (const artifact::Launch &launch : train.launches) {
    if (launch.kind != artifact::Launch::Kind::Kernel)
      continue;
    for (const artifact::DeviceStage &stage : launch.deviceStages) {
      uint64_t wideHere = 0, narrowHere = 0;
      ptxSimTraffic(stage.symbol.c_str(), &wideHere, &narrowHere);
      wide += wideHere;
      narrow += narrowHere;
      list += "\n" + stage.symbol + " (" + launch.pattern +
              "): " + std::to_string(wideHere) + " bytes by 16, " +
              std::to_string(narrowHere) + " by fewer";
    }
  }
  EXPECT_GT(wide, 0u);
  EXPECT_GE(double(wide), leastShare * double(wide + narrow)) << list;
}

TEST(Traffic, OfSeedCnnIsWide) {
  checkShare(compile(DLC_TEST_SOURCES "/examples/seed_cnn.mlir", onCuda(4)));
}

TEST(Traffic, OfMlpIsWide) {
  Graph graph;
  KerasTensor features = graph.input({784}), x = features;
  for (int i = 0; i < 3; ++i) {
    x = layers::Dense{.units = 1024, .activation = "relu"}(x);
    x = layers::Dropout{.rate = 0.2}(x);
  }
  Model model({features}, {layers::Dense{.units = 10}(x)}, "mlp");
  CompileOptions options = onCuda(32);
  options.training.optimizer = "adam";
  options.training.loss = "SparseCategoricalCrossentropy(from_logits=True)";
  options.training.metrics = "accuracy";
  checkShare(compile(model, options));
}

} // namespace dlc::test
