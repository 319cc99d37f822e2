// A model of two kernels, and ptx-sim to run it on.
#pragma once

#include "runtime/cuda/Executor.h"
#include "test/runtime/cuda/TinyPtx.h"
#include "test/runtime/host/Artifacts.h"
#include "tools/ptx-sim/driver/PtxSim.h"

#include <gtest/gtest.h>

#include <cstring>

namespace dlc::cuda::test {

using host::test::addState;
using host::test::ProgramBuilder;

constexpr int64_t tinyMaxBatch = 16;

inline std::vector<std::byte> bytesOf(std::string_view text) {
  auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

/// Turns what ProgramBuilder made for the host, with one stage a launch, into a
/// program for a GPU.
inline artifact::Program forGpu(artifact::Program program, int64_t perBlock,
                                uint32_t threads) {
  program.device = artifact::onCuda;
  for (artifact::Launch &launch : program.launches) {
    for (const artifact::Launch::Stage &stage : launch.stages)
      launch.deviceStages.push_back(
          {stage.symbol, stage.extent, perBlock, 1, 1, threads});
    launch.stages.clear();
  }
  return program;
}

/// "train": y = x + 1, then w += the sum of y over the samples; x and y are [n,
/// 3], w is the state "fc1/kernel" of 3 numbers. Buffers 0 and 1 are x and y.
inline artifact::Artifact makeTiny(const char *ptx = tinyPtx) {
  artifact::Artifact artifact;
  artifact::Manifest &manifest = artifact.manifest;
  manifest.model = "tiny";
  manifest.maxBatch = tinyMaxBatch;
  manifest.deviceCode.push_back({"ptx", 80, artifact.addBlob(bytesOf(ptx))});
  uint32_t w = addState(artifact, "fc1/kernel", artifact::State::Role::Weight,
                        DType::F32, {3});
  ProgramBuilder builder(artifact, "train");
  uint32_t x = builder.arena(DType::F32, {batchDim, 3});
  uint32_t y = builder.arena(DType::F32, {batchDim, 3});
  builder.input(artifact::Port::Role::Input, "x", x);
  builder.output("y", y);
  builder.kernel("k0", {x}, {y}, {{"add_one", {3, true}}});
  builder.kernel("k1", {y}, {builder.state(w)}, {{"accumulate", {3}}});
  builder.finish();
  artifact::Program &program = manifest.programs.back();
  program = forGpu(std::move(program), 8, 8);
  // Its three threads are one block.
  program.launches[1].deviceStages[0].perBlock = 3;
  program.launches[1].deviceStages[0].threads = 3;
  return artifact;
}

inline ExecutorOptions onSim() { return {.library = DLC_TEST_PTX_SIM}; }

inline PtxSimCounters countSim() {
  PtxSimCounters counters;
  ptxSimCounters(&counters);
  return counters;
}

/// Stages x[i] = first + i for a step of the next run.
inline Expected<void> stage(Executor &executor, int64_t n, float first,
                            size_t program = 0, int64_t step = 0) {
  auto place = executor.stageInput(program, 0, step);
  if (!place)
    return Unexpected(place.error());
  for (int64_t i = 0; i < 3 * n; ++i) {
    float value = first + float(i);
    std::memcpy(*place + 4 * i, &value, 4);
  }
  return {};
}

/// Stages so, runs, and says how it went.
inline Expected<void> step(Executor &executor, int64_t n, float first,
                           size_t program = 0) {
  auto staged = stage(executor, n, first, program);
  return staged ? executor.run(program, n, 1) : staged;
}

/// The same for a run of several steps, of which each starts one higher.
inline Expected<void> runSeveral(Executor &executor, int64_t n, float first,
                                 int64_t steps, size_t program = 0) {
  for (int64_t i = 0; i < steps; ++i)
    if (auto staged = stage(executor, n, first + float(i), program, i); !staged)
      return staged;
  return executor.run(program, n, steps);
}

/// What `step` adds to w[j].
inline float sumOf(int64_t n, float first, int64_t j) {
  float sum = 0;
  for (int64_t i = 0; i < n; ++i)
    sum += first + float(3 * i + j) + 1;
  return sum;
}

inline std::vector<float> readWeights(Executor &executor) {
  std::vector<float> w(3);
  auto read = executor.readState(0, std::as_writable_bytes(std::span(w)));
  EXPECT_TRUE(read) << read.error().message();
  return w;
}

} // namespace dlc::cuda::test
