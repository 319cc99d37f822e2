// Grids: indices, orders, atomics, blocks that wait for each other.
#include "test/tools/ptx-sim/engine/Device.h"

#include <set>

using namespace ptxsim;

TEST(Launch, EveryThreadRunsOnce) {
  auto module = load(R"(
.visible .entry k(.param .u64 to) {
  .reg .b32 %r<20>; .reg .b64 %d<4>;
  ld.param.u64 %d0, [to];
  mov.u32 %r0, %ctaid.z; mov.u32 %r1, %nctaid.y; mov.u32 %r2, %ctaid.y;
  mad.lo.u32 %r3, %r0, %r1, %r2;
  mov.u32 %r4, %nctaid.x; mov.u32 %r5, %ctaid.x;
  mad.lo.u32 %r3, %r3, %r4, %r5;
  mov.u32 %r6, %ntid.z; mov.u32 %r7, %tid.z;
  mad.lo.u32 %r3, %r3, %r6, %r7;
  mov.u32 %r8, %ntid.y; mov.u32 %r9, %tid.y;
  mad.lo.u32 %r3, %r3, %r8, %r9;
  mov.u32 %r10, %ntid.x; mov.u32 %r11, %tid.x;
  mad.lo.u32 %r3, %r3, %r10, %r11;
  mul.wide.u32 %d1, %r3, 4;
  add.s64 %d0, %d0, %d1;
  red.global.add.u32 [%d0], 1;
  ret;
})");
  Device device;
  LaunchShape shape;
  shape.grid = {5, 3, 2};
  shape.block = {7, 6, 5};
  for (uint64_t seed = 0; seed < 4; ++seed)
    for (unsigned workers : {1u, 3u}) {
      device.options.seed = seed;
      device.options.workers = workers;
      Buffer<uint32_t> to = device.upload(std::vector<uint32_t>(30 * 210));
      EXPECT_EQ(device.launch(*module, "k", shape, to), "");
      for (uint32_t count : to)
        EXPECT_EQ(count, 1u);
    }
}

/// Each thread takes the next number: who takes which depends on the seed.
TEST(Launch, SeedsChooseTheOrder) {
  for (const char *barrier : {"", "bar.sync 0;"}) {
    auto module = load(std::string(R"(
.visible .entry k(.param .u64 to, .param .u64 next) {
  .reg .b32 %r<9>; .reg .b64 %d<4>;
  ld.param.u64 %d0, [to];
  ld.param.u64 %d1, [next];
  mov.u32 %r0, %tid.x;
  atom.global.add.u32 %r1, [%d1], 1;
  mul.wide.u32 %d2, %r0, 4;
  add.s64 %d0, %d0, %d2;
  st.global.u32 [%d0], %r1;
)") + barrier + "\nret;\n}");
    std::set<std::vector<uint32_t>> orders;
    for (uint64_t seed = 0; seed < 8; ++seed) {
      Device device;
      device.options.seed = seed;
      Buffer<uint32_t> to = device.allocate<uint32_t>(64);
      Buffer<uint32_t> next = device.upload<uint32_t>({0});
      EXPECT_EQ(device.launch(*module, "k", shapeOf(1, 64), to, next), "");
      EXPECT_EQ(next[0], 64u);
      orders.emplace(to.begin(), to.end());
    }
    EXPECT_GE(orders.size(), 6u);
  }
}

TEST(Launch, Atomics) {
  auto module = load(R"(
.visible .entry k(.param .u64 to) {
  .reg .b32 %r<9>; .reg .b64 %d<4>; .reg .f32 %f<3>;
  ld.param.u64 %d0, [to];
  mov.u32 %r0, %tid.x;
  atom.global.add.u32 %r1, [%d0], %r0;
  atom.global.max.s32 %r1, [%d0+4], %r0;
  atom.global.min.s32 %r1, [%d0+8], -5;
  atom.global.or.b32 %r1, [%d0+12], 6;
  atom.global.inc.u32 %r1, [%d0+16], 9;
  atom.global.dec.u32 %r1, [%d0+20], 9;
  mov.f32 %f0, 0f3F000000;
  atom.add.f32 %f1, [%d0+24], %f0;
  atom.global.cas.b32 %r2, [%d0+28], 0, 77;
  atom.relaxed.gpu.global.xor.b32 %r1, [%d0+32], 1;
  red.release.gpu.global.and.b32 [%d0+36], 4;
  atom.global.add.u64 %d1, [%d0+40], 4294967296;
  ret;
})");
  Device device;
  Buffer<uint32_t> to =
      device.upload(std::vector<uint32_t>{0, 0, 0, 1, 0, 0, 0, 0, 0, 7, 0, 0});
  ASSERT_EQ(device.launch(*module, "k", shapeOf(1, 64), to), "");
  EXPECT_EQ(std::vector<uint32_t>(to.begin(), to.end()),
            (std::vector<uint32_t>{2016, 63, 0xfffffffb, 7, 4, 6, 0x42000000,
                                   77, 0, 4, 0, 64}));
}

/// All blocks arrive at a counter and wait until the last has.
static const char *const gridBarrier = R"(
.visible .entry k(.param .u64 counter, .param .u64 to) {
  .reg .pred %p; .reg .b32 %r<9>; .reg .b64 %d<4>;
  ld.param.u64 %d0, [counter];
  ld.param.u64 %d1, [to];
  mov.u32 %r0, %tid.x;
  mov.u32 %r1, %ctaid.x;
  mov.u32 %r2, %nctaid.x;
  mul.wide.u32 %d2, %r1, 4;
  add.s64 %d2, %d1, %d2;
  setp.ne.u32 %p, %r0, 0;
  @%p bra after;
  st.global.u32 [%d2], %r1;
  membar.gl;
  red.global.add.u32 [%d0], 1;
wait:
  ld.volatile.global.u32 %r3, [%d0];
  setp.lt.u32 %p, %r3, %r2;
  @%p bra wait;
  membar.gl;
after:
  bar.sync 0;
  setp.ne.u32 %p, %r0, 0;
  @%p bra end;
  sub.u32 %r4, %r2, %r1;
  sub.u32 %r4, %r4, 1;
  mul.wide.u32 %d3, %r4, 4;
  add.s64 %d3, %d1, %d3;
  ld.global.u32 %r5, [%d3];
  mul.wide.u32 %d3, %r2, 4;
  add.s64 %d3, %d2, %d3;
  st.global.u32 [%d3], %r5;
end:
  ret;
})";

TEST(Launch, CooperativeBlocksWaitForEachOther) {
  auto module = load(gridBarrier);
  for (uint64_t seed = 0; seed < 4; ++seed)
    for (unsigned workers : {1u, 2u}) {
      Device device;
      device.options.seed = seed;
      device.options.workers = workers;
      LaunchShape shape = shapeOf(20, 64);
      shape.cooperative = true;
      Buffer<uint32_t> counter = device.upload<uint32_t>({0});
      Buffer<uint32_t> to = device.allocate<uint32_t>(40);
      ASSERT_EQ(device.launch(*module, "k", shape, counter, to), "");
      for (uint32_t i = 0; i < 20; ++i)
        EXPECT_EQ(to[20 + i], 19 - i);
    }
}

/// One after the other, the first block waits for the second one for ever; and
/// so does the last of blocks that are all there, if the counter has run over.
TEST(Launch, WaitingInVainIsGivenUp) {
  auto module = load(gridBarrier);
  for (bool cooperative : {false, true})
    for (unsigned workers : {1u, 2u}) {
      Device device;
      device.options.workers = workers;
      device.options.patience = std::chrono::milliseconds(50);
      LaunchShape shape = shapeOf(4, 64);
      shape.cooperative = cooperative;
      Buffer<uint32_t> counter =
          device.upload<uint32_t>({cooperative ? ~2u : 0});
      Buffer<uint32_t> to = device.allocate<uint32_t>(8);
      std::string message = device.launch(*module, "k", shape, counter, to);
      EXPECT_NE(message.find("(ld.volatile.global.u32)"), std::string::npos)
          << message;
      EXPECT_NE(message.find("waits in a loop for memory that no thread "
                             "changes"),
                std::string::npos)
          << message;
    }
}

TEST(Launch, FunctionsAreCalled) {
  auto module = load(R"(
.func (.param .b32 result) twice(.param .b32 x) {
  .reg .b32 %r<3>;
  ld.param.b32 %r0, [x];
  add.u32 %r1, %r0, %r0;
  st.param.b32 [result], %r1;
  ret;
}
.visible .entry k(.param .u64 to, .param .u32 n) {
  .reg .b32 %r<3>; .reg .b64 %d;
  ld.param.u64 %d, [to];
  ld.param.u32 %r0, [n];
  { .param .b32 p0; st.param.b32 [p0+0], %r0; .param .b32 v;
    call.uni (v), twice, (p0); ld.param.b32 %r1, [v+0]; }
  st.global.u32 [%d], %r1;
  ret;
})");
  Device device;
  Buffer<uint32_t> to = device.allocate<uint32_t>(1);
  EXPECT_EQ(device.launch(*module, "k", shapeOf(1, 1), to, 21u), "");
  EXPECT_EQ(to[0], 42u);
}

/// From a function, whose frame is left behind, with stacks of their own and
/// without.
TEST(Launch, ThreadsExitAnywhere) {
  for (const char *meeting : {"", "bar.warp.sync -1;\n"}) {
    auto module = load(std::string(R"(
.func leave(.param .b32 x) {
  .reg .pred %p; .reg .b32 %r;
  ld.param.b32 %r, [x];
  setp.lt.u32 %p, %r, 16;
  @%p exit;
  ret;
}
.visible .entry k(.param .u64 to) {
  .reg .b32 %r<3>; .reg .b64 %d<2>;
  ld.param.u64 %d0, [to];
  mov.u32 %r0, %tid.x;
)") + meeting + R"(
  { .param .b32 p0; st.param.b32 [p0], %r0; call.uni leave, (p0); }
  mul.wide.u32 %d1, %r0, 4;
  add.s64 %d0, %d0, %d1;
  st.global.u32 [%d0], %r0;
  ret;
})");
    Device device;
    for (uint64_t seed = 0; seed < 4; ++seed) {
      device.options.seed = seed;
      Buffer<uint32_t> to = device.upload(std::vector<uint32_t>(64, 1000));
      EXPECT_EQ(device.launch(*module, "k", shapeOf(1, 64), to), "");
      for (uint32_t i = 0; i < 64; ++i)
        EXPECT_EQ(to[i], i < 16 ? 1000 : i);
    }
  }
}

TEST(Launch, BranchTables) {
  auto module = load(R"(
.visible .entry k(.param .u64 to) {
  .reg .b32 %r<3>; .reg .b64 %d<2>;
  ld.param.u64 %d0, [to];
  mov.u32 %r0, %tid.x;
  mul.wide.u32 %d1, %r0, 4;
  add.s64 %d0, %d0, %d1;
  table: .branchtargets one, two, one;
  brx.idx %r0, table;
one: mov.u32 %r1, 1; bra.uni end;
two: mov.u32 %r1, 2;
end: st.global.u32 [%d0], %r1;
  ret;
})");
  Device device;
  Buffer<uint32_t> to = device.allocate<uint32_t>(4);
  EXPECT_EQ(device.launch(*module, "k", shapeOf(1, 3), to), "");
  EXPECT_EQ(to[0], 1u);
  EXPECT_EQ(to[1], 2u);
  EXPECT_EQ(to[2], 1u);
  EXPECT_NE(device.launch(*module, "k", shapeOf(1, 4), to), "");
}

TEST(Launch, TrapsAreFaults) {
  auto module = load(".visible .entry k() {\ntrap;\n}");
  Device device;
  EXPECT_EQ(device.launch(*module, "k", shapeOf(1, 1)),
            "kernel \"k\", line 5 (trap): thread (0,0,0) of block (0,0,0) "
            "reached a trap");
}

TEST(Launch, ShapesAreChecked) {
  auto module = load(".visible .entry k() .maxntid 64, 1, 1 { ret; }");
  Device device;
  EXPECT_EQ(device.launch(*module, "k", shapeOf(1, 65)),
            "kernel \"k\": launched with 65 threads a block but takes at most "
            "64");
  EXPECT_NE(device.launch(*module, "k", shapeOf(0, 1)), "");
  EXPECT_NE(device.launch(*module, "k", shapeOf(1, 2048)), "");
  EXPECT_NE(device.launch(*module, "k", shapeOf(1, 1, 200 << 10)), "");
}
