// What is said where a model does not fit a GPU's memory.
#include "runtime/cuda/Budget.h"

#include "test/runtime/cuda/Tiny.h"

namespace dlc::cuda::test {
namespace {

using artifact::Artifact;
using artifact::Port;

constexpr uint64_t MiB = 1 << 20;

/// Samples of 1 MiB; "wide" makes 3 MiB of each, "narrow" 1 MiB, and all three
/// live at once. 8 MiB of weights; up to 32 samples.
Artifact makeLarge() {
  Artifact artifact;
  artifact.manifest.maxBatch = 32;
  uint32_t w = addState(artifact, "wide/kernel", artifact::State::Role::Weight,
                        DType::F32, {2 * int64_t(MiB)});
  ProgramBuilder builder(artifact, "train");
  auto samples = [&](int64_t mebibytes) {
    return builder.arena(DType::F32, {batchDim, mebibytes * int64_t(MiB) / 4});
  };
  uint32_t x = samples(1), wide = samples(3), narrow = samples(1);
  builder.input(Port::Role::Input, "x", x);
  builder.kernel("k0", {x, builder.state(w)}, {wide}, {{"k0", {1}}});
  builder.kernel("k1", {wide}, {narrow}, {{"k1", {1}}});
  builder.kernel("k2", {x, wide, narrow}, {builder.state(w)}, {{"k2", {1}}});
  builder.finish();
  artifact::Program &program = artifact.manifest.programs.back();
  program = forGpu(std::move(program), 1, 1);
  program.launches[0].layers = {"wide", "relu"};
  program.launches[1].layers = {"narrow"};
  return artifact;
}

TEST(Budget, CountsRegions) {
  Budget budget = countMemory(makeLarge().manifest);
  EXPECT_EQ(budget.states, 8 * MiB);
  EXPECT_EQ(budget.arena, 5 * 32 * MiB);
  EXPECT_EQ(budget.inputs, 2 * 32 * MiB);
}

TEST(Budget, FindsTheBatchThatFits) {
  artifact::Manifest manifest = makeLarge().manifest;
  // A sample takes 7 MiB.
  EXPECT_EQ(estimateBatch(manifest, (8 + 7 * 32) * MiB), 32);
  EXPECT_EQ(estimateBatch(manifest, (8 + 7 * 32) * MiB - 1), 31);
  EXPECT_EQ(estimateBatch(manifest, (8 + 7) * MiB), 1);
  EXPECT_EQ(estimateBatch(manifest, 8 * MiB), 0);
  EXPECT_EQ(estimateBatch(manifest, 0), 0);
}

TEST(Budget, NamesTheLargestLayers) {
  auto layers = listLargestLayers(makeLarge().manifest, 1);
  ASSERT_EQ(layers.size(), 1u);
  EXPECT_EQ(layers[0], std::pair(std::string("wide"), 96 * MiB));
}

TEST(Budget, FindsTheStepsAtALaunchThatFit) {
  artifact::Manifest manifest = makeLarge().manifest;
  // Each step more takes 64 MiB of inputs.
  EXPECT_EQ(countMemory(manifest, 3).total(), (8 + 160 + 3 * 64) * MiB);
  EXPECT_EQ(estimateSteps(manifest, (8 + 160 + 3 * 64) * MiB), 3);
  EXPECT_EQ(estimateSteps(manifest, (8 + 160 + 3 * 64) * MiB - 1), 2);
  EXPECT_EQ(estimateSteps(manifest, (8 + 160) * MiB), 0);
  // Where not one step fits, fewer of them do not help.
  EXPECT_EQ(
      explainMemory(manifest, {"H100", 100 * MiB, 4096 * MiB, 4}, "all").remedy,
      "compile the model with --batch 13, which should fit");
}

TEST(Budget, SaysAllInOneSentence) {
  artifact::Manifest manifest = makeLarge().manifest;
  EXPECT_EQ(
      explainMemory(manifest, {"H100", 100 * MiB, 4096 * MiB}, "all").message(),
      "GPU \"H100\": has 100 MiB of 4.0 GiB free but batches of 32 need 232 "
      "MiB: 8388608 bytes for weights and optimizer state, 160 MiB for a step "
      "(at its fullest 96 MiB of \"wide\", 32 MiB of \"narrow\"), 64 MiB for "
      "inputs; compile the model with --batch 13, which should fit");
  EXPECT_EQ(explainMemory(manifest, {"H100", MiB, MiB}, "all").remedy,
            "no batch fits: use another GPU or a smaller model");
}

} // namespace
} // namespace dlc::cuda::test
