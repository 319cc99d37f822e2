// cp.async: bytes are there after a wait and a barrier, not before.
#include "test/tools/ptx-sim/engine/Device.h"

using namespace ptxsim;

/// Threads copy 16 bytes each; then `between`, then each reads a word of its
/// neighbour.
static std::string run(const std::string &between, uint64_t seed,
                       std::vector<uint32_t> *result = nullptr,
                       const std::string &size = "16",
                       const std::string &cache = "cg", unsigned word = 1) {
  auto module = load(R"(
.visible .entry k(.param .u64 from, .param .u64 to) {
  .reg .b32 %r<9>, %t; .reg .b64 %d<9>;
  .shared .align 16 .b8 s[1024];
  ld.param.u64 %d0, [from];
  ld.param.u64 %d1, [to];
  mov.u32 %t, %tid.x;
  mul.wide.u32 %d2, %t, 16;
  add.s64 %d0, %d0, %d2;
  mov.u32 %r1, s;
  mad.lo.u32 %r2, %t, 16, %r1;
  cp.async.)" + cache +
                     ".shared.global [%r2], [%d0], " + size + R"(;
  cp.async.commit_group;
)" + between + R"(
  xor.b32 %r3, %t, 33;
  mad.lo.u32 %r4, %r3, 16, %r1;
  ld.shared.u32 %r5, [%r4+)" +
                     std::to_string(4 * word) + R"(];
  mul.wide.u32 %d3, %t, 4;
  add.s64 %d1, %d1, %d3;
  st.global.u32 [%d1], %r5;
  ret;
})");
  std::vector<uint32_t> values(256);
  for (uint32_t i = 0; i < 256; ++i)
    values[i] = i;
  Device device;
  device.options.seed = seed;
  Buffer<uint32_t> from = device.upload(values);
  Buffer<uint32_t> to = device.allocate<uint32_t>(64);
  std::string message = device.launch(*module, "k", shapeOf(1, 64), from, to);
  if (result)
    result->assign(to.begin(), to.end());
  return message;
}

TEST(AsyncCopy, ArrivesAfterWaitAndBarrier) {
  for (const char *wait : {"cp.async.wait_group 0;", "cp.async.wait_all;"}) {
    std::vector<uint32_t> result;
    EXPECT_EQ(run(std::string(wait) + " bar.sync 0;", 0, &result), "");
    for (uint32_t i = 0; i < 64; ++i)
      EXPECT_EQ(result[i], (i ^ 33) * 4 + 1);
  }
}

TEST(AsyncCopy, MissingWaitIsFound) {
  for (uint64_t seed = 0; seed < 16; ++seed) {
    std::string message = run("bar.sync 0;", seed);
    EXPECT_NE(message.find("(ld.shared.u32)"), std::string::npos) << message;
    EXPECT_NE(message.find("which the cp.async of thread"), std::string::npos)
        << message;
    EXPECT_NE(message.find("in line 15 still writes"), std::string::npos)
        << message;
    EXPECT_NE(run("cp.async.wait_group 1; bar.sync 0;", seed), "");
  }
}

TEST(AsyncCopy, MissingBarrierIsFound) {
  for (uint64_t seed = 0; seed < 16; ++seed)
    EXPECT_NE(run("cp.async.wait_group 0;", seed), "");
}

TEST(AsyncCopy, LaterGroupsMayBePending) {
  EXPECT_EQ(run("cp.async.commit_group; cp.async.wait_group 1; bar.sync 0;", 0),
            "");
}

TEST(AsyncCopy, FillsWithZeros) {
  std::vector<uint32_t> result;
  EXPECT_EQ(run("cp.async.wait_all; bar.sync 0;", 0, &result, "16, 4"), "");
  for (uint32_t value : result)
    EXPECT_EQ(value, 0u);
}

/// Through the first-level cache as few as 4 bytes go; those behind stay
/// poison.
TEST(AsyncCopy, CopiesFourAndEightBytes) {
  for (unsigned words : {1u, 2u}) {
    std::string size = std::to_string(4 * words);
    for (unsigned word = 0; word < 4; ++word) {
      std::vector<uint32_t> result;
      EXPECT_EQ(
          run("cp.async.wait_all; bar.sync 0;", 0, &result, size, "ca", word),
          "");
      for (uint32_t i = 0; i < 64; ++i)
        EXPECT_EQ(result[i], word < words ? (i ^ 33) * 4 + word : ~0u)
            << size << " bytes, word " << word;
    }
    for (uint64_t seed = 0; seed < 8; ++seed)
      EXPECT_NE(
          run("bar.sync 0;", seed, nullptr, size, "ca", 0).find("still writes"),
          std::string::npos);
    // Past the first-level cache only 16 bytes go.
    auto whole = tryLoad(".visible .entry k(.param .u64 from) {\n.reg .b64 %d;"
                         "\n.shared .align 16 .b8 s[16];\n"
                         "ld.param.u64 %d, [from];\n"
                         "cp.async.cg.shared.global [s], [%d], " +
                         size + ";\nret;\n}");
    ASSERT_FALSE(whole);
    EXPECT_NE(whole.error().message.find("cp.async.cg"), std::string::npos)
        << whole.error().message;
  }
}

TEST(AsyncCopy, MisalignedCopiesAreFound) {
  std::string message =
      run("cp.async.ca.shared.global [%r2+4], [%d0+8], 8;", 0);
  EXPECT_NE(message.find("copies 8 bytes to offset"), std::string::npos)
      << message;
  EXPECT_NE(message.find("which is no multiple"), std::string::npos) << message;
}
