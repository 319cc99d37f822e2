// Which bytes of the arena are free after each launch, and that a poisoned
// executor fills just those.
#include "runtime/host/Freed.h"
#include "runtime/host/Executor.h"

#include "test/runtime/host/Artifacts.h"
#include "test/runtime/host/CompileCode.h"

#include <cmath>

namespace dlc::host::test {
namespace {

using artifact::Artifact;
using artifact::Port;

const char *const kernels = R"(
KERNEL(add_one) { for (i64 i = begin; i < end; ++i) F(1)[i] = F(0)[i] + 1; }
KERNEL(add) { for (i64 i = begin; i < end; ++i) F(2)[i] = F(0)[i] + F(1)[i]; }
)";

/// y = (x + 1) + (x + 2).
struct Chain {
  Chain() {
    artifact.manifest.maxBatch = 16;
    addCode(artifact, compileCode(kernels));
    ProgramBuilder program(artifact, "predict");
    x = program.arena(DType::F32, {batchDim});
    a = program.arena(DType::F32, {batchDim});
    b = program.arena(DType::F32, {batchDim});
    y = program.arena(DType::F32, {batchDim});
    program.kernel("k0", {x}, {a}, {{"add_one", {1, true}}});
    program.kernel("k1", {a}, {b}, {{"add_one", {1, true}}});
    program.kernel("k2", {a, b}, {y}, {{"add", {1, true}}});
    program.input(Port::Role::Input, "x", x);
    program.output("y", y);
    program.finish();
  }

  std::vector<ByteRange> freedAfter(size_t launch) const {
    return findFreed(artifact.manifest.programs[0], 16)[launch];
  }

  Artifact artifact;
  uint32_t x, a, b, y; // 64 bytes each, one behind the other
};

TEST(Freed, IsWhatNoLaterLaunchReads) {
  Chain chain;
  EXPECT_EQ(chain.freedAfter(0), (std::vector<ByteRange>{{0, 64}}));
  EXPECT_TRUE(chain.freedAfter(1).empty());
  EXPECT_EQ(chain.freedAfter(2),
            (std::vector<ByteRange>{{64, 128}, {128, 192}}));
}

TEST(Freed, KeepsWhatIsWrittenInPlace) {
  Chain chain;
  // b lies over x; y over a.
  auto &buffers = chain.artifact.manifest.programs[0].buffers;
  buffers[chain.b].offset = buffers[chain.x].offset;
  buffers[chain.y].offset = buffers[chain.a].offset;
  EXPECT_EQ(chain.freedAfter(0), (std::vector<ByteRange>{{0, 64}}));
  EXPECT_TRUE(chain.freedAfter(1).empty());
  EXPECT_EQ(chain.freedAfter(2), (std::vector<ByteRange>{{0, 64}}));
}

TEST(Freed, IsFilledWithNaN) {
  Chain chain;
  auto executor =
      Executor::create(chain.artifact, {.threads = 1, .poison = true});
  ASSERT_TRUE(executor) << executor.error().message();
  auto at = [&](uint32_t buffer) {
    return reinterpret_cast<float *>(executor->buffer(0, buffer));
  };
  for (int i = 0; i < 5; ++i)
    at(chain.x)[i] = float(i);
  auto ran = executor->run(0, 5, 1);
  ASSERT_TRUE(ran) << ran.error().message();
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(at(chain.y)[i], float(2 * i + 3));
  for (uint32_t buffer : {chain.x, chain.a, chain.b})
    for (int i = 0; i < 16; ++i)
      EXPECT_TRUE(std::isnan(at(buffer)[i])) << buffer << ", " << i;
}

} // namespace
} // namespace dlc::host::test
