// The fixture of tests that run the model of two kernels on ptx-sim.
#pragma once

#include "runtime/artifact/ArtifactFile.h"
#include "test/runtime/cuda/Tiny.h"

namespace dlc::cuda::test {

/// Each test finds a device without faults, and leaves one.
class OnSim : public testing::Test {
protected:
  OnSim() { ptxSimReset(); }
  ~OnSim() override {
    ptxSimReset();
    ptxSimSetMemory(size_t(8) << 30);
  }

  Expected<std::unique_ptr<Executor>> open(ExecutorOptions options = onSim()) {
    auto valid = artifact::validate(tiny, "tiny");
    EXPECT_TRUE(valid) << valid.error().message();
    return Executor::create(tiny, options);
  }

  /// Adds program 1, which sums x by a kernel with a table; gives the buffer of
  /// its result.
  uint32_t addSum() {
    ProgramBuilder builder(tiny, "sum");
    uint32_t x = builder.arena(DType::F32, {batchDim, 3});
    uint32_t sum = builder.arena(DType::F32, {});
    builder.input(artifact::Port::Role::Input, "x", x);
    builder.output("sum", sum);
    builder.kernel("k0", {x}, {sum}, {{"sum_table", {1}}});
    builder.finish();
    artifact::Program &program = tiny.manifest.programs.back();
    program = forGpu(std::move(program), 1, 1);
    program.launches[0].deviceStages[0].table = true;
    return sum;
  }

  artifact::Artifact tiny = makeTiny();
};

} // namespace dlc::cuda::test
