// A step launches what the artifact lists and what `dlc inspect` counts.
#include "compiler/Compile.h"
#include "runtime/artifact/ArtifactFile.h"
#include "test/compiler/programs/Step.h"

#include <cstdio>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace dlc::test {

static PtxSimCounters countSim() {
  PtxSimCounters counters;
  ptxSimCounters(&counters);
  return counters;
}

static size_t countStages(const artifact::Program &program) {
  size_t stages = 0;
  for (const artifact::Launch &launch : program.launches)
    stages += launch.deviceStages.size();
  return stages;
}

/// What `dlc inspect FILE --json -` says.
static nlohmann::json inspect(const std::filesystem::path &file) {
  std::string command = DLC_TEST_DLC " inspect " + file.string() + " --json -";
  FILE *pipe = ::popen(command.c_str(), "r");
  std::string text;
  char part[4096];
  while (size_t bytes = std::fread(part, 1, sizeof part, pipe))
    text.append(part, bytes);
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
}

TEST(Counts, OfKernelsAreEqual) {
  constexpr int64_t batch = 2;
  CompileOptions options;
  options.batch = batch;
  options.targets = {"cuda"};
  options.cacheDir.emplace();
  auto artifact = compile(DLC_TEST_SOURCES "/examples/seed_cnn.mlir", options);
  ASSERT_TRUE(artifact) << artifact.error().message();

  std::filesystem::path file =
      std::filesystem::temp_directory_path() /
      ("counts-" + std::to_string(::getpid()) + ".dlc");
  ASSERT_TRUE(artifact::writeFile(*artifact, file));
  nlohmann::json said = inspect(file);
  std::filesystem::remove(file);

  auto device =
      cuda::Executor::create(*artifact, {.library = DLC_TEST_PTX_SIM});
  ASSERT_TRUE(device) << device.error().message();
  const auto &programs = artifact->manifest.programs;
  for (size_t i = 0; i < programs.size(); ++i) {
    SCOPED_TRACE(programs[i].name);
    const size_t stages = countStages(programs[i]);
    EXPECT_GT(stages, 0u);
    EXPECT_EQ(said[programs[i].name]["kernels"], stages);

    // The first step of a batch size runs kernel by kernel.
    ptxSimReset();
    auto ran = step(**device, programs[i], i, batch);
    ASSERT_TRUE(ran) << ran.error().message();
    EXPECT_EQ(countSim().launches, stages);
    EXPECT_EQ(countSim().kernels, stages);

    // The second one is one launch of a graph of as many.
    ptxSimReset();
    ran = step(**device, programs[i], i, batch);
    ASSERT_TRUE(ran) << ran.error().message();
    EXPECT_EQ(countSim().launches, 0u);
    EXPECT_EQ(countSim().graphLaunches, 1u);
    EXPECT_EQ(countSim().graphKernels, stages);
    EXPECT_EQ(countSim().kernels, stages);
  }
  EXPECT_EQ(programs.size(), 3u);
}

} // namespace dlc::test
