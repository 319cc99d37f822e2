// What the threads of a warp or a block do together.
#include "test/tools/ptx-sim/engine/Device.h"

#include <numeric>

using namespace ptxsim;

/// Runs `code` in every thread; what is in %r at the end, by thread.
static std::vector<uint32_t> runAll(const std::string &code, unsigned threads,
                                    uint64_t seed = 0) {
  auto module = load(R"(
.visible .entry k(.param .u64 to) {
  .reg .pred %p, %q; .reg .b32 %r, %t, %x<9>; .reg .b64 %d<3>;
  ld.param.u64 %d0, [to];
  mov.u32 %t, %tid.x;
  mov.u32 %r, 0;
)" + code + R"(
  mul.wide.u32 %d1, %t, 4;
  add.s64 %d0, %d0, %d1;
  st.global.u32 [%d0], %r;
  ret;
})");
  Device device;
  device.options.seed = seed;
  Buffer<uint32_t> to = device.allocate<uint32_t>(threads);
  EXPECT_EQ(device.launch(*module, "k", shapeOf(1, threads), to), "");
  return {to.begin(), to.end()};
}

TEST(Warp, Shuffles) {
  auto expect = [](const std::string &code, auto source) {
    std::vector<uint32_t> got = runAll(code, 64);
    for (uint32_t i = 0; i < 64; ++i)
      EXPECT_EQ(got[i], source(i % 32) + i / 32 * 32) << code << " of " << i;
  };
  using U = uint32_t;
  expect("shfl.sync.bfly.b32 %r, %t, 5, 31, -1;", [](U i) { return i ^ 5; });
  expect("shfl.sync.down.b32 %r, %t, 4, 31, -1;",
         [](U i) { return i + 4 < 32 ? i + 4 : i; });
  expect("shfl.sync.up.b32 %r, %t, 4, 0, -1;",
         [](U i) { return i >= 4 ? i - 4 : i; });
  expect("shfl.sync.idx.b32 %r, %t, 3, 31, -1;", [](U) { return 3u; });
  // Segments of 8 lanes.
  expect("shfl.sync.idx.b32 %r, %t, 3, 6175, -1;",
         [](U i) { return (i & 24) | 3; });
  expect("shfl.sync.down.b32 %r, %t, 4, 6175, -1;",
         [](U i) { return i % 8 + 4 < 8 ? i + 4 : i; });
}

TEST(Warp, ShuffleSaysWhetherTheLaneWasInRange) {
  std::vector<uint32_t> got = runAll(
      "shfl.sync.down.b32 %x0|%p, %t, 30, 31, -1; selp.u32 %r, 1, 0, %p;", 32);
  EXPECT_EQ(std::accumulate(got.begin(), got.end(), 0u), 2u);
  EXPECT_EQ(got[1], 1u);
}

TEST(Warp, ButterflySumInEverySeed) {
  std::string code = "mov.u32 %r, %t;\n";
  for (int distance : {16, 8, 4, 2, 1})
    code += "shfl.sync.bfly.b32 %x0, %r, " + std::to_string(distance) +
            ", 31, -1; add.u32 %r, %r, %x0;\n";
  for (uint64_t seed = 0; seed < 4; ++seed)
    for (uint32_t value : runAll(code, 32, seed))
      EXPECT_EQ(value, 31u * 32 / 2);
}

TEST(Warp, VotesMatchesReductions) {
  auto all = [](const std::string &code, uint32_t expected) {
    for (uint32_t value : runAll(code, 32))
      EXPECT_EQ(value, expected) << code;
  };
  std::string some = "setp.lt.u32 %p, %t, 3;";
  all(some + "vote.sync.ballot.b32 %r, %p, -1;", 7);
  all(some + "vote.sync.any.pred %q, %p, -1; selp.u32 %r, 1, 2, %q;", 1);
  all(some + "vote.sync.all.pred %q, %p, -1; selp.u32 %r, 1, 2, %q;", 2);
  all(some + "vote.sync.uni.pred %q, %p, -1; selp.u32 %r, 1, 2, %q;", 2);
  all("redux.sync.add.s32 %r, %t, -1;", 496);
  all("redux.sync.max.u32 %r, %t, -1;", 31);
  std::vector<uint32_t> got =
      runAll("and.b32 %x0, %t, 1; match.any.sync.b32 %r, %x0, -1;", 32);
  EXPECT_EQ(got[4], 0x55555555u);
  EXPECT_EQ(got[5], 0xaaaaaaaau);
}

TEST(Warp, HalfMasksWorkAlone) {
  std::vector<uint32_t> got = runAll(R"(
  setp.lt.u32 %p, %t, 16;
  @%p bra low;
  redux.sync.add.u32 %r, %t, 0xffff0000;
  bra end;
low:
  redux.sync.add.u32 %r, %t, 0xffff;
end:)",
                                     32);
  EXPECT_EQ(got[0], 120u);
  EXPECT_EQ(got[31], 376u);
}

TEST(Block, BarrierReductions) {
  for (uint32_t value :
       runAll("setp.lt.u32 %p, %t, 5; bar.red.popc.u32 %r, 0, %p;", 96))
    EXPECT_EQ(value, 5u);
  for (uint32_t value : runAll("setp.lt.u32 %p, %t, 5;"
                               "bar.red.or.pred %q, 0, %p;"
                               "bar.red.and.pred %p, 0, %p;"
                               "selp.u32 %r, 1, 2, %q; @%p mov.u32 %r, 3;",
                               96))
    EXPECT_EQ(value, 1u);
}

static std::string faultOf(const std::string &code, unsigned threads,
                           uint64_t seed = 0) {
  auto module = load(".visible .entry k() {\n.reg .pred %p; .reg .b32 %r, %t;\n"
                     "mov.u32 %t, %tid.x; setp.lt.u32 %p, %t, 16;\n" +
                     code + "\nret;\n}");
  Device device;
  device.options.seed = seed;
  return device.launch(*module, "k", shapeOf(1, threads));
}

TEST(Block, DivergentBarriersAreFound) {
  for (uint64_t seed = 0; seed < 8; ++seed) {
    std::string message = faultOf("@%p bra low;\nbar.sync 0;\nlow:", 64, seed);
    EXPECT_NE(message.find("kernel \"k\", line 8 (bar.sync): thread "),
              std::string::npos);
    EXPECT_NE(message.find("waits at a divergent barrier: 48 threads wait in "
                           "line 8, 16 have ended"),
              std::string::npos)
        << message;
    message = faultOf(
        "@%p bra low;\nbar.sync 0;\nbra end;\nlow:\nbar.sync 0;\nend:", 64,
        seed);
    EXPECT_NE(message.find("the barrier is divergent"), std::string::npos)
        << message;
  }
}

TEST(Block, IncompleteMasksAreFound) {
  for (uint64_t seed = 0; seed < 8; ++seed) {
    std::string message =
        faultOf("@%p bra low;\nbar.warp.sync -1;\nlow:\nbar.sync 0;", 64, seed);
    EXPECT_NE(message.find("line 8 (bar.warp.sync)"), std::string::npos)
        << message;
    EXPECT_NE(message.find("waits for the other threads of its mask "
                           "0xffffffff: 16 threads wait in line 8"),
              std::string::npos)
        << message;
  }
  EXPECT_NE(faultOf("bar.warp.sync 1;", 32).find("is not in the mask"),
            std::string::npos);
}
