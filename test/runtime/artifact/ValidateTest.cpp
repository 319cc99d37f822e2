// Each limit of a manifest, broken one at a time.
#include "runtime/artifact/ArtifactFile.h"
#include "test/runtime/artifact/SmallArtifact.h"

#include <functional>
#include <gtest/gtest.h>
#include <limits>

namespace {

using namespace dlc;
using namespace dlc::artifact;

/// The error that `change` to the small artifact causes, or "".
template <typename Change> std::string explain(Change change) {
  Artifact small = test::makeSmallArtifact();
  change(small.manifest);
  auto valid = validate(small, "a.dlc");
  return valid ? "" : valid.error().message();
}

/// Whether the error of `change` speaks of `text`.
template <typename Change>
testing::AssertionResult refuses(const std::string &text, Change change) {
  std::string message = explain(change);
  if (message.find("a.dlc: ") == 0 && message.find(text) != std::string::npos)
    return testing::AssertionSuccess();
  return testing::AssertionFailure() << "got: " << message;
}

TEST(ValidateTest, TakesTheSmallArtifact) {
  EXPECT_EQ(explain([](Manifest &) {}), "");
}

TEST(ValidateTest, Batch) {
  EXPECT_TRUE(refuses("max_batch 0", [](auto &m) { m.maxBatch = 0; }));
  EXPECT_TRUE(refuses("max_batch -1", [](auto &m) { m.maxBatch = -1; }));
  // Buffers that fit four samples do not fit 22.
  EXPECT_TRUE(refuses("buffer 2", [](auto &m) { m.maxBatch = 22; }));
}

TEST(ValidateTest, States) {
  EXPECT_TRUE(refuses("dense/kernel", [](auto &m) { m.states[0].offset = 8; }));
  EXPECT_TRUE(
      refuses("count\": ends at 128", [](auto &m) { m.stateBytes = 128; }));
  EXPECT_TRUE(
      refuses("bytes of state", [](auto &m) { m.stateBytes = UINT64_MAX; }));
  EXPECT_TRUE(refuses("overlap", [](auto &m) { m.states[1].offset = 128; }));
  EXPECT_TRUE(refuses("is there twice",
                      [](auto &m) { m.states[1].name = "dense/kernel"; }));
  EXPECT_TRUE(refuses("static shapes",
                      [](auto &m) { m.states[0].shape = {batchDim, 6}; }));
  EXPECT_TRUE(refuses("first value has 24",
                      [](auto &m) { m.states[0].shape = {2, 2}; }));
  EXPECT_TRUE(refuses("is blob 9", [](auto &m) { m.states[0].initial = 9; }));
  EXPECT_TRUE(refuses("is blob -2", [](auto &m) { m.states[0].initial = -2; }));
  EXPECT_TRUE(refuses("has shape", [](auto &m) {
    m.states[1].shape = {int64_t(1) << 40, int64_t(1) << 40};
  }));
  EXPECT_TRUE(refuses(
      "ends at", [](auto &m) { m.states[1].offset = UINT64_MAX / 64 * 64; }));
}

TEST(ValidateTest, HostCode) {
  EXPECT_TRUE(
      refuses("has no object", [](auto &m) { m.hostCode[0].object = none; }));
  EXPECT_TRUE(refuses("is blob 9", [](auto &m) { m.hostCode[0].object = 9; }));
  EXPECT_TRUE(refuses("is there twice",
                      [](auto &m) { m.hostCode.push_back(m.hostCode[0]); }));
  EXPECT_TRUE(
      refuses("the file has no code", [](auto &m) { m.hostCode.clear(); }));
}

TEST(ValidateTest, DeviceCode) {
  auto code = [](Manifest &m) -> DeviceCode & { return m.deviceCode[1]; };
  EXPECT_TRUE(refuses("has no image", [&](auto &m) { code(m).image = none; }));
  EXPECT_TRUE(refuses("is blob 9", [&](auto &m) { code(m).image = 9; }));
  EXPECT_TRUE(
      refuses("such as \"sm_90\"", [&](auto &m) { code(m).target = "sm_80"; }));
  EXPECT_TRUE(refuses("such as \"sm_90\"",
                      [&](auto &m) { code(m).target = "sm_9000"; }));
  EXPECT_EQ(explain([&](auto &m) { code(m).target = "sm_90a"; }), "");
  EXPECT_TRUE(refuses("compute capability 0",
                      [&](auto &m) { m.deviceCode[0].computeCapability = 0; }));
  EXPECT_TRUE(refuses("is there twice",
                      [&](auto &m) { m.deviceCode.push_back(code(m)); }));
  EXPECT_TRUE(refuses("the file has no device code",
                      [](auto &m) { m.deviceCode.clear(); }));
}

TEST(ValidateTest, DeviceStages) {
  auto launch = [](Manifest &m) -> Launch & {
    return m.programs[2].launches[1];
  };
  auto stage = [&](Manifest &m) -> DeviceStage & {
    return launch(m).deviceStages[0];
  };
  EXPECT_TRUE(refuses("is for device \"tpu\"",
                      [](auto &m) { m.programs[2].device = "tpu"; }));
  EXPECT_TRUE(refuses("has no stages",
                      [&](auto &m) { launch(m).deviceStages.clear(); }));
  EXPECT_TRUE(refuses("stages for the host", [&](auto &m) {
    launch(m).stages = {{"train_relu_1", {3, true}}};
  }));
  EXPECT_TRUE(refuses("stages for a GPU", [&](auto &m) {
    m.programs[0].launches[1].deviceStages = launch(m).deviceStages;
  }));
  EXPECT_TRUE(
      refuses("without a symbol", [&](auto &m) { stage(m).symbol = ""; }));
  EXPECT_TRUE(
      refuses("-1 iterations", [&](auto &m) { stage(m).extent.trips = -1; }));
  EXPECT_TRUE(
      refuses("0 iterations a block", [&](auto &m) { stage(m).perBlock = 0; }));
  EXPECT_TRUE(refuses("8589934592 blocks", [&](auto &m) {
    stage(m).extent.trips = int64_t(1) << 31;
    stage(m).perBlock = 1;
  }));
  EXPECT_TRUE(
      refuses("0 blocks along y", [&](auto &m) { stage(m).gridY = 0; }));
  EXPECT_TRUE(refuses("65536 blocks along z",
                      [&](auto &m) { stage(m).gridZ = 65536; }));
  EXPECT_TRUE(refuses("0 threads", [&](auto &m) { stage(m).threads = 0; }));
  EXPECT_TRUE(
      refuses("1025 threads", [&](auto &m) { stage(m).threads = 1025; }));
  EXPECT_TRUE(refuses("232449 bytes of shared memory",
                      [&](auto &m) { stage(m).sharedBytes = 232449; }));
  EXPECT_TRUE(refuses("66 tensors as parameters",
                      [&](auto &m) { launch(m).operands.assign(64, 2); }));
  EXPECT_EQ(explain([&](auto &m) {
              launch(m).operands.assign(64, 2);
              stage(m).table = true;
            }),
            "");
}

TEST(ValidateTest, Products) {
  using Change = std::function<void(Launch &, LibraryProduct &)>;
  auto explainProduct = [](const Change &change) {
    Artifact small = test::makeSmallArtifact();
    test::giveToLibrary(small);
    Launch &launch = small.manifest.programs[2].launches[0];
    change(launch, *launch.product);
    auto valid = validate(small, "a.dlc");
    return valid ? "" : valid.error().message();
  };
  EXPECT_EQ(explainProduct([](Launch &, LibraryProduct &) {}), "");
  const std::pair<const char *, Change> broken[] = {
      {"has stages beside a product",
       [](Launch &launch, auto &) { launch.deviceStages.emplace_back(); }},
      {"its product takes 3 and gives one",
       [](auto &, LibraryProduct &product) { product.bias = true; }},
      {"a product of another type",
       [](auto &, LibraryProduct &product) {
         product.compute = LibraryProduct::Compute::F16;
       }},
      {"operands of several types",
       [](Launch &launch, auto &) { launch.operands[1] = 3; }},
      {"product of 0 rows",
       [](auto &, LibraryProduct &product) { product.depth.trips = 0; }},
      {"product of 4294967296 rows",
       [](auto &, LibraryProduct &product) {
         product.rows.trips = int64_t(1) << 30;
       }},
      {"lines 1 and parts 0 apart",
       [](auto &, LibraryProduct &product) { product.lhs.leading = 1; }},
      {"reaches element 11 of lhs",
       [](auto &, LibraryProduct &product) { product.lhs.leading = 3; }},
      {"reaches element 7 of rhs",
       [](auto &, LibraryProduct &product) { product.rhs.leading = 4; }},
      {"reaches element 8 of rhs",
       [](auto &, LibraryProduct &product) {
         product.rhs.transposed = true;
         product.rhs.leading = 3;
       }},
      {"of lhs",
       [](auto &, LibraryProduct &product) {
         product.parts.trips = 2;
         product.lhs.stride = int64_t(1) << 46;
       }},
      {"reaches element 24 of the result",
       [](auto &, LibraryProduct &product) { product.parts.trips = 2; }},
  };
  for (const auto &[text, change] : broken)
    EXPECT_NE(explainProduct(change).find(text), std::string::npos)
        << text << ": " << explainProduct(change);
  // The host has no such library.
  EXPECT_TRUE(refuses("its program is for the host", [](Manifest &m) {
    m.programs[0].launches[0].product.emplace();
  }));
}

TEST(ValidateTest, Convolutions) {
  using Change = std::function<void(Launch &, LibraryConvolution &)>;
  auto explainConvolution = [](const Change &change) {
    Artifact small = test::makeSmallArtifact();
    test::giveConvolution(small);
    Launch &launch = small.manifest.programs[2].launches[0];
    change(launch, *launch.convolution);
    auto valid = validate(small, "a.dlc");
    return valid ? "" : valid.error().message();
  };
  EXPECT_EQ(explainConvolution([](Launch &, LibraryConvolution &) {}), "");
  const std::pair<const char *, Change> broken[] = {
      {"without one stage and scratch",
       [](Launch &launch, auto &) {
         launch.deviceStages.push_back(launch.deviceStages[0]);
       }},
      {"without one stage and scratch",
       [](Launch &launch, auto &) { launch.scratch.reset(); }},
      {"its convolution takes 3 and gives one",
       [](auto &, LibraryConvolution &conv) { conv.bias = true; }},
      {"a ReLU after a bias",
       [](auto &, LibraryConvolution &conv) { conv.relu = true; }},
      {"a convolution of another type",
       [](auto &, LibraryConvolution &conv) {
         conv.compute = LibraryProduct::Compute::F16;
       }},
      {"with a size of 0",
       [](auto &, LibraryConvolution &conv) { conv.rows.stride = 0; }},
      {"with a size of 4294967296",
       [](auto &, LibraryConvolution &conv) {
         conv.rows.in = int64_t(1) << 32;
       }},
      {"from 2 to 2 pixels",
       [](auto &, LibraryConvolution &conv) { conv.columns.out = 2; }},
      {"1 channels and 3 filters in 2 groups",
       [](auto &, LibraryConvolution &conv) { conv.groups = 2; }},
      {"of the first operand",
       [](auto &, LibraryConvolution &conv) { conv.channels = 3; }},
      {"of the second operand",
       [](auto &, LibraryConvolution &conv) { conv.filters = 4; }},
      {"a scratch buffer that is too small",
       [](Launch &launch, auto &) { launch.scratch = 5; }},
  };
  for (const auto &[text, change] : broken)
    EXPECT_NE(explainConvolution(change).find(text), std::string::npos)
        << text << ": " << explainConvolution(change);
  // The host has no such library.
  EXPECT_TRUE(refuses("its program is for the host", [](Manifest &m) {
    m.programs[0].launches[0].convolution.emplace();
  }));
}

TEST(ValidateTest, Streams) {
  EXPECT_TRUE(refuses("is in stream 16",
                      [](auto &m) { m.programs[2].launches[1].stream = 16; }));
  EXPECT_TRUE(refuses("the host has none",
                      [](auto &m) { m.programs[0].launches[1].stream = 1; }));
  EXPECT_TRUE(refuses("waits for launch 1",
                      [](auto &m) { m.programs[2].launches[1].waits = {1}; }));
}

TEST(ValidateTest, Buffers) {
  EXPECT_TRUE(refuses("buffer 3: ends at 128",
                      [](auto &m) { m.programs[0].arenaBytes = 192; }));
  EXPECT_TRUE(refuses("multiple of 64",
                      [](auto &m) { m.programs[0].buffers[2].offset = 32; }));
  EXPECT_TRUE(refuses("region has 192",
                      [](auto &m) { m.programs[0].buffers[1].offset = 192; }));
  EXPECT_TRUE(refuses("has shape", [](auto &m) {
    m.programs[0].buffers[2].shape = {3, batchDim};
  }));
  EXPECT_TRUE(refuses("has shape", [](auto &m) {
    m.programs[0].buffers[2].shape = {batchDim, -7};
  }));
  EXPECT_TRUE(refuses("has an arena",
                      [](auto &m) { m.programs[0].arenaBytes = UINT64_MAX; }));
}

TEST(ValidateTest, PortsAndPrograms) {
  EXPECT_TRUE(refuses("has index 4",
                      [](auto &m) { m.programs[1].inputs[0].buffer = 4; }));
  EXPECT_TRUE(refuses("outputs: have \"dense\" twice", [](auto &m) {
    m.programs[0].outputs.push_back(m.programs[0].outputs[0]);
  }));
  EXPECT_TRUE(refuses("\"train\" is there twice",
                      [](auto &m) { m.programs[1].name = "train"; }));
  EXPECT_TRUE(refuses("empty name", [](auto &m) { m.programs[1].name = ""; }));
}

TEST(ValidateTest, Launches) {
  auto launch = [](Manifest &m, int i) -> Launch & {
    return m.programs[1].launches[size_t(i)];
  };
  EXPECT_TRUE(refuses("\"dot_0\": has index 9",
                      [&](auto &m) { launch(m, 0).operands[1] = 9; }));
  EXPECT_TRUE(
      refuses("has index 4", [&](auto &m) { launch(m, 0).results[0] = 4; }));
  EXPECT_TRUE(
      refuses("has index 4", [&](auto &m) { launch(m, 1).scratch = 4; }));
  EXPECT_TRUE(
      refuses("is there twice", [&](auto &m) { launch(m, 1).name = "dot_0"; }));
  EXPECT_TRUE(
      refuses("0 stages", [&](auto &m) { launch(m, 1).stages.clear(); }));
  EXPECT_TRUE(refuses("without a symbol",
                      [&](auto &m) { launch(m, 1).stages[0].symbol = ""; }));
  EXPECT_TRUE(refuses("iterations", [&](auto &m) {
    launch(m, 1).stages[0].extent.trips = -1;
  }));
  EXPECT_TRUE(refuses("iterations", [&](auto &m) {
    launch(m, 1).stages[0].extent.trips = INT64_MAX / 2;
  }));
  EXPECT_TRUE(
      refuses("names routine", [&](auto &m) { launch(m, 0).routine = ""; }));
  EXPECT_TRUE(
      refuses("has config", [&](auto &m) { launch(m, 0).config = "[1]"; }));
  EXPECT_TRUE(refuses("flops", [&](auto &m) {
    launch(m, 0).flops = std::numeric_limits<double>::infinity();
  }));
}

TEST(ValidateTest, MetricsAndTargets) {
  EXPECT_TRUE(refuses("has index 3", [](auto &m) { m.metrics[0].total = 3; }));
  EXPECT_TRUE(refuses("one number", [](auto &m) { m.metrics[0].count = 0; }));
  EXPECT_TRUE(refuses("classes", [](auto &m) { m.targets[0].classes = -1; }));
}

TEST(ValidateTest, KerasFiles) {
  EXPECT_TRUE(refuses("keras_config", [](auto &m) { m.kerasConfig = 9; }));
  EXPECT_TRUE(refuses("keras_metadata", [](auto &m) { m.kerasMetadata = 9; }));
}

} // namespace
