// The executor on hand-made programs whose kernels are C code.
#include "runtime/host/Executor.h"

#include "test/runtime/host/AllocationCount.h"
#include "test/runtime/host/Artifacts.h"
#include "test/runtime/host/CompileCode.h"

#include <cmath>
#include <thread>

namespace dlc::host::test {
namespace {

using artifact::Artifact;
using artifact::Port;
using artifact::State;

const char *const kernels = R"(
KERNEL(add_one) { for (i64 i = begin; i < end; ++i) F(1)[i] = F(0)[i] + 1; }
KERNEL(visit) { for (i64 i = begin; i < end; ++i) F(0)[i] += 1; }
KERNEL(copy) { for (i64 i = begin; i < end; ++i) F(1)[i] = F(0)[i]; }
KERNEL(count) { F(1)[0] = F(0)[0] + n; }
KERNEL(nothing) {}
)";

const std::vector<std::byte> &code() {
  static const std::vector<std::byte> bytes = compileCode(kernels);
  return bytes;
}

const char *const matrixProduct =
    R"({"lhs_batch":[],"rhs_batch":[],"lhs_contract":[1],"rhs_contract":[0]})";

Expected<Executor> open(const Artifact &artifact, int threads = 2,
                        bool poison = false) {
  return Executor::create(artifact, {.threads = threads, .poison = poison});
}

float *floats(std::byte *data) { return reinterpret_cast<float *>(data); }

/// y = (x + 1) w, with x [n, 3], w [3, 2] a state.
Artifact makeProduct() {
  Artifact artifact;
  artifact.manifest.maxBatch = 16;
  addCode(artifact, code());
  uint32_t w =
      addState(artifact, "fc1/kernel", State::Role::Weight, DType::F32, {3, 2});
  ProgramBuilder program(artifact, "predict");
  uint32_t x = program.arena(DType::F32, {batchDim, 3});
  uint32_t more = program.arena(DType::F32, {batchDim, 3});
  uint32_t y = program.arena(DType::F32, {batchDim, 2});
  program.kernel("k0", {x}, {more}, {{"add_one", {3, true}}});
  program.library("k1", "dot", matrixProduct, {more, program.state(w)}, {y});
  program.input(Port::Role::Input, "x", x);
  program.output("y", y);
  program.finish();
  return artifact;
}

/// Runs makeProduct's program on x[i] = i and checks y.
void checkProduct(Executor &executor, int64_t n) {
  float *x = floats(executor.buffer(0, 0)), *y = floats(executor.buffer(0, 2));
  for (int64_t i = 0; i < 3 * n; ++i)
    x[i] = float(i);
  auto ran = executor.run(0, n, 1);
  ASSERT_TRUE(ran) << ran.error().message();
  for (int64_t row = 0; row < n; ++row)
    for (int64_t column = 0; column < 2; ++column) {
      float sum = 0;
      for (int64_t i = 0; i < 3; ++i)
        sum += float(row * 3 + i + 1) * float(2 * i + column);
      EXPECT_EQ(y[row * 2 + column], sum) << "row " << row << " of " << n;
    }
}

void setWeights(Executor &executor) {
  for (int i = 0; i < 6; ++i)
    floats(executor.state(0))[i] = float(i);
}

TEST(Executor, RunsEveryBatchSize) {
  Artifact artifact = makeProduct();
  auto executor = open(artifact);
  ASSERT_TRUE(executor) << executor.error().message();
  setWeights(*executor);
  // Twice: more sizes than stay prepared.
  for (int pass = 0; pass < 2; ++pass)
    for (int64_t n = 16; n >= 1; --n)
      checkProduct(*executor, n);
  EXPECT_EQ(executor->cpu(), "x86-64-v3");
  auto calls = executor->describeCalls(0, 1);
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].first, "k1");
  EXPECT_EQ(calls[0].second.find("ref"), std::string::npos);
}

TEST(Executor, ForksRunAtTheSameTime) {
  Artifact artifact = makeProduct();
  auto executor = open(artifact, 1, /*poison=*/true);
  ASSERT_TRUE(executor) << executor.error().message();
  std::vector<std::unique_ptr<Device>> forks;
  for (int i = 0; i < 3; ++i) {
    auto fork = executor->fork(0);
    ASSERT_TRUE(fork) << fork.error().message();
    forks.push_back(*std::move(fork));
    ASSERT_TRUE(forks.back());
  }
  setWeights(*executor); // which all read
  std::vector<std::thread> threads;
  for (int64_t i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      auto &device =
          i < 3 ? static_cast<Executor &>(*forks[size_t(i)]) : *executor;
      for (int64_t round = 0; round < 200; ++round)
        checkProduct(device, 1 + (round + 5 * i) % 16);
    });
  for (std::thread &thread : threads)
    thread.join();
}

TEST(Executor, DoesNotForkWhatWritesStates) {
  Artifact artifact;
  artifact.manifest.maxBatch = 8;
  addCode(artifact, code());
  uint32_t seen =
      addState(artifact, "seen", State::Role::Control, DType::F32, {});
  ProgramBuilder program(artifact, "train");
  uint32_t buffer = program.state(seen);
  program.kernel("k0", {buffer}, {buffer}, {{"count", {1}}});
  program.finish();
  auto executor = open(artifact);
  ASSERT_TRUE(executor) << executor.error().message();
  auto fork = executor->fork(0);
  ASSERT_TRUE(fork);
  EXPECT_EQ(*fork, nullptr);
}

TEST(Executor, CutsLoopsIntoDisjointParts) {
  for (int threads : {1, 2, 3}) {
    Artifact artifact;
    artifact.manifest.maxBatch = 8;
    addCode(artifact, code());
    ProgramBuilder program(artifact, "predict");
    uint32_t many = program.arena(DType::F32, {batchDim, 30011});
    uint32_t few = program.arena(DType::F32, {5});
    program.kernel("k0", {many}, {}, {{"visit", {30011, true}}});
    program.kernel("k1", {few}, {}, {{"visit", {5, false}}, {"visit", {3}}});
    program.finish();
    auto executor = open(artifact, threads);
    ASSERT_TRUE(executor) << executor.error().message();
    ASSERT_TRUE(executor->run(0, 7, 1));
    for (int64_t i = 0; i < 8 * 30011; ++i)
      ASSERT_EQ(floats(executor->buffer(0, 0))[i], i < 7 * 30011 ? 1 : 0) << i;
    for (int64_t i = 0; i < 5; ++i)
      EXPECT_EQ(floats(executor->buffer(0, 1))[i], i < 3 ? 2 : 1) << i;
  }
}

TEST(Executor, KeepsStatesFromRunToRun) {
  Artifact artifact;
  artifact.manifest.maxBatch = 8;
  addCode(artifact, code());
  uint32_t seen =
      addState(artifact, "seen", State::Role::Control, DType::F32, {});
  ProgramBuilder program(artifact, "train");
  uint32_t buffer = program.state(seen);
  program.kernel("k0", {buffer}, {buffer}, {{"count", {1}}});
  program.finish();
  auto executor = open(artifact);
  ASSERT_TRUE(executor) << executor.error().message();
  for (int64_t n : {8, 8, 3})
    ASSERT_TRUE(executor->run(0, n, 1));
  EXPECT_EQ(*floats(executor->state(seen)), 19);
}

TEST(Executor, AllocatesNothingInAStep) {
  if (!canCountAllocations)
    GTEST_SKIP() << "a sanitizer owns malloc";
  Artifact artifact;
  artifact.manifest.maxBatch = 8;
  addCode(artifact, code());
  ProgramBuilder program(artifact, "predict");
  uint32_t x = program.arena(DType::F32, {batchDim, 8, 8, 16});
  uint32_t pooled = program.arena(DType::F32, {batchDim, 4, 4, 16});
  uint32_t padded = program.arena(DType::F32, {batchDim, 5, 4, 16});
  uint32_t joined = program.arena(DType::F32, {batchDim, 9, 4, 16});
  program.kernel("k0", {x}, {}, {{"visit", {8 * 8 * 16, true}}});
  program.library("k1", "max_pool2d",
                  R"({"window":[2,2],"strides":[2,2],)"
                  R"("padding":[[0,0],[0,0]]})",
                  {x}, {pooled});
  program.library("k2", "pad",
                  R"({"low":[0,1,0,0],"high":[0,0,0,0],)"
                  R"("interior":[0,0,0,0],"value":0})",
                  {pooled}, {padded});
  program.library("k3", "concat", R"({"dim":1})", {pooled, padded}, {joined});
  program.finish();
  auto executor = open(artifact);
  ASSERT_TRUE(executor) << executor.error().message();
  ASSERT_TRUE(executor->run(0, 8, 1)); // prepares, and starts the threads
  AllocationCount count;
  ASSERT_TRUE(executor->run(0, 8, 1));
  EXPECT_EQ(count.stop(), 0);
  // The counter does count.
  AllocationCount other;
  void *volatile memory = std::malloc(100);
  std::free(memory);
  EXPECT_EQ(other.stop(), 1);
}

TEST(Executor, PoisonsWhatAStepMayNotRead) {
  Artifact artifact;
  artifact.manifest.maxBatch = 4;
  addCode(artifact, code());
  uint32_t state =
      addState(artifact, "state", State::Role::Weight, DType::F32, {1});
  ProgramBuilder program(artifact, "predict");
  uint32_t before = program.arena(DType::F32, {batchDim});
  uint32_t input = program.arena(DType::F32, {batchDim});
  uint32_t after = program.arena(DType::F32, {batchDim});
  program.state(state);
  program.kernel("k0", {before, after}, {}, {{"nothing", {1}}});
  program.input(Port::Role::Input, "x", input);
  program.finish();
  auto executor = open(artifact, 2, true);
  ASSERT_TRUE(executor) << executor.error().message();
  *floats(executor->state(state)) = 5;
  for (int64_t i = 0; i < 4; ++i)
    floats(executor->buffer(0, input))[i] = 7;
  ASSERT_TRUE(executor->run(0, 2, 1));
  EXPECT_TRUE(std::isnan(*floats(executor->buffer(0, before))));
  EXPECT_TRUE(std::isnan(*floats(executor->buffer(0, after))));
  EXPECT_EQ(floats(executor->buffer(0, input))[1], 7);
  EXPECT_TRUE(std::isnan(floats(executor->buffer(0, input))[2]))
      << "a sample beyond the batch";
  EXPECT_EQ(*floats(executor->state(state)), 5);
}

TEST(Executor, NamesWhatIsWrong) {
  Artifact artifact = makeProduct();
  {
    auto executor = open(artifact);
    ASSERT_TRUE(executor);
    EXPECT_EQ(executor->run(0, 17, 1).error().message(),
              "batch: has 17 samples but the model was compiled for 1 to 16; "
              "use smaller batches or compile with a larger --batch");
    EXPECT_FALSE(executor->run(0, 0, 1));
  }
  Artifact strange = artifact;
  strange.manifest.programs[0].launches[1].routine = "fft";
  EXPECT_EQ(open(strange)->prepare(0, 2).error().thing,
            "program \"predict\": launch \"k1\" (fc1, fc2)");
  Artifact lost = artifact;
  lost.manifest.programs[0].launches[0].stages[0].symbol = "lost";
  EXPECT_EQ(open(lost).error().message(),
            "program \"predict\": launch \"k0\" (fc1): kernel \"lost\": is not "
            "in the host code for x86-64-v3; compile the model again");
  Artifact empty = artifact;
  empty.manifest.hostCode.clear();
  EXPECT_FALSE(open(empty));
  Artifact broken = artifact;
  artifact::Blob &code = broken.blobs[0];
  code = std::vector(code.begin(), code.begin() + 100);
  EXPECT_FALSE(open(broken));
  Artifact future = artifact;
  future.manifest.hostCode[0].features = {"avx", "warp-drive"};
  Error error = open(future).error();
  EXPECT_EQ(error.limit,
            "the compiled model's code for x86-64-v3 needs warp-drive");
  EXPECT_EQ(error.remedy,
            "compile the model again on this machine with --cpu native");
}

} // namespace
} // namespace dlc::host::test
