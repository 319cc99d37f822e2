// Every access is checked: where it is, how it is aligned, what it may do.
#include "test/tools/ptx-sim/engine/Device.h"

#include <regex>

using namespace ptxsim;

/// A kernel that runs `code` with %d0 and %d1 from its parameters, %t the
/// thread and %n the third parameter.
static std::unique_ptr<Module> makeKernel(const std::string &code,
                                          const std::string &before = "") {
  return load(before + R"(
.visible .entry k(.param .u64 a, .param .u64 b, .param .u32 n) {
  .reg .pred %p, %q; .reg .b16 %h<9>; .reg .b32 %r<9>, %t, %n;
  .reg .b64 %d<9>, %T;
  ld.param.u64 %d0, [a];
  ld.param.u64 %d1, [b];
  ld.param.u32 %n, [n];
  mov.u32 %t, %tid.x;
  mul.wide.u32 %T, %t, 4;
)" + code + "\nret;\n}\n");
}

TEST(GlobalMemory, OffByOneIsFound) {
  auto module = makeKernel("add.s64 %d2, %d0, %T;\n"
                           "ld.global.u32 %r1, [%d2+4];\n"
                           "add.s64 %d3, %d1, %T;\n"
                           "st.global.u32 [%d3], %r1;");
  Device device;
  for (uint64_t seed = 0; seed < 8; ++seed) {
    device.options.seed = seed;
    Buffer<uint32_t> a = device.allocate<uint32_t>(64);
    Buffer<uint32_t> b = device.allocate<uint32_t>(64);
    std::string message = device.launch(*module, "k", shapeOf(1, 64), a, b, 0u);
    EXPECT_TRUE(std::regex_match(
        message,
        std::regex("kernel \"k\", line 14 \\(ld.global.u32\\): thread "
                   "\\(63,0,0\\) of block \\(0,0,0\\) reads 4 bytes at "
                   "0x[0-9a-f]+, right past the end of the 256 bytes at "
                   "0x[0-9a-f]+")))
        << message;
    EXPECT_EQ(device.launch(*module, "k", shapeOf(1, 63), a, b, 0u), "");
  }
}

TEST(GlobalMemory, TrafficIsCounted) {
  auto module = makeKernel("ld.global.v4.u32 {%r0, %r1, %r2, %r3}, [%d0];\n"
                           "ld.global.v2.u32 {%r4, %r5}, [%d0];\n"
                           "ld.global.u64 %d4, [%d0];\n"
                           "add.s64 %d3, %d1, %T;\n"
                           "st.global.u32 [%d3], %r1;");
  Device device;
  Traffic traffic;
  device.options.traffic = &traffic;
  for (unsigned workers : {1u, 2u}) {
    device.options.workers = workers;
    Buffer<uint32_t> a = device.allocate<uint32_t>(4);
    Buffer<uint32_t> b = device.allocate<uint32_t>(64);
    EXPECT_EQ(device.launch(*module, "k", shapeOf(3, 64), a, b, 0u), "");
    EXPECT_EQ(traffic.wide, workers * 3u * 64 * 16);
    EXPECT_EQ(traffic.narrow, workers * 3u * 64 * 12);
  }
}

TEST(GlobalMemory, WritesPastTheEndHarmNobody) {
  auto module = makeKernel("st.global.v4.u32 [%d0+56], {%n, %n, %n, %n};");
  Device device;
  Buffer<uint32_t> a = device.allocate<uint32_t>(18);
  Buffer<uint32_t> b = device.allocate<uint32_t>(1);
  EXPECT_NE(device.launch(*module, "k", shapeOf(1, 1), a, b, 0u)
                .find("writes 16 bytes"),
            std::string::npos);
  EXPECT_EQ(a[14], 0xffffffffu);
}

TEST(GlobalMemory, AlignmentIsThatOfTheWholeAccess) {
  auto module = makeKernel("ld.global.v2.u32 {%r0, %r1}, [%d0+4];");
  Device device;
  Buffer<uint32_t> a = device.allocate<uint32_t>(8);
  std::string message = device.launch(*module, "k", shapeOf(1, 1), a, a, 0u);
  EXPECT_NE(message.find("which is no multiple of 8"), std::string::npos)
      << message;
}

TEST(GlobalMemory, FreedMemoryIsNoMore) {
  auto module = makeKernel("ld.global.u32 %r0, [%d0];");
  Device device;
  Buffer<uint32_t> a = device.allocate<uint32_t>(8);
  EXPECT_EQ(device.launch(*module, "k", shapeOf(1, 1), a, a, 0u), "");
  ASSERT_TRUE(device.memory.free(a.data));
  EXPECT_NE(device.launch(*module, "k", shapeOf(1, 1), a, a, 0u), "");
  EXPECT_FALSE(device.memory.free(a.data));
}

TEST(GlobalMemory, FreshMemoryIsPoisoned) {
  Device device;
  Buffer<float> a = device.allocate<float>(8);
  for (float value : a)
    EXPECT_TRUE(value != value);
  EXPECT_EQ(device.memory.allocatedBytes(), 32u);
  EXPECT_TRUE(device.memory.holds(a.data, 32));
  EXPECT_FALSE(device.memory.holds(a.data, 33));
  EXPECT_EQ(device.memory.find(a.data + 2)->size(), 32u);
}

TEST(GlobalMemory, HostMemoryCanBeAddedReadOnly) {
  auto module = makeKernel("ld.global.u32 %r0, [%d0]; add.u32 %r0, %r0, 1;\n"
                           "st.global.u32 [%d0], %r0;");
  Device device;
  uint32_t pinned = 6;
  Buffer<uint32_t> a = {&pinned, 1};
  EXPECT_NE(device.launch(*module, "k", shapeOf(1, 1), a, a, 0u), "");
  ASSERT_TRUE(device.memory.add(&pinned, sizeof pinned));
  EXPECT_FALSE(device.memory.add(&pinned, sizeof pinned));
  EXPECT_EQ(device.launch(*module, "k", shapeOf(1, 1), a, a, 0u), "");
  EXPECT_EQ(pinned, 7u);
  ASSERT_TRUE(device.memory.remove(&pinned));
  ASSERT_TRUE(device.memory.add(&pinned, sizeof pinned, false));
  EXPECT_NE(device.launch(*module, "k", shapeOf(1, 1), a, a, 0u)
                .find("may only read"),
            std::string::npos);
}

TEST(GlobalMemory, AllTypesAndVectors) {
  auto module = makeKernel(R"(
  ld.global.u8 %r0, [%d0];
  ld.global.s8 %r1, [%d0];
  ld.global.v4.u8 {%h0, %h1, %h2, %h3}, [%d0];
  ld.global.v2.u16 {%h4, %h5}, [%d0+4];
  ld.global.nc.L1::no_allocate.L2::128B.v2.u64 {%d2, %d3}, [%d0+16];
  st.global.u32 [%d1], %r0;
  st.global.u32 [%d1+4], %r1;
  st.global.v4.u8 [%d1+8], {%h3, %h2, %h1, %h0};
  st.global.v2.u16 [%d1+12], {%h5, %h4};
  st.global.v2.b64 [%d1+16], {%d3, %d2};)");
  Device device;
  Buffer<uint32_t> a =
      device.upload<uint32_t>({0x030201f0, 0x00070006, 0, 0, 1, 2, 3, 4});
  Buffer<uint32_t> b = device.allocate<uint32_t>(8);
  ASSERT_EQ(device.launch(*module, "k", shapeOf(1, 1), a, b, 0u), "");
  EXPECT_EQ(std::vector<uint32_t>(b.begin(), b.end()),
            (std::vector<uint32_t>{0xf0, 0xfffffff0, 0xf0010203, 0x00060007, 3,
                                   4, 1, 2}));
}

TEST(ConstantMemory, CannotBeWritten) {
  auto module = makeKernel("mov.u64 %d2, c; ld.const.u32 %r0, [%d2+4];\n"
                           "st.global.u32 [%d0], %r0;\n"
                           "setp.ne.u32 %p, %n, 0;\n"
                           "@%p st.global.u32 [%d2], %r0;",
                           ".const .align 4 .u32 c[2] = {4, 5};");
  Device device;
  Buffer<uint32_t> a = device.allocate<uint32_t>(1);
  EXPECT_EQ(device.launch(*module, "k", shapeOf(1, 1), a, a, 0u), "");
  EXPECT_EQ(a[0], 5u);
  EXPECT_NE(device.launch(*module, "k", shapeOf(1, 1), a, a, 1u), "");
}

TEST(LocalMemory, IsOfEachThreadAndChecked) {
  auto module = makeKernel(R"(
  .local .align 16 .b8 depot[16];
  mov.u64 %d2, depot;
  cvta.local.u64 %d3, %d2;
  st.local.u32 [%d2+4], %t;
  ld.u32 %r0, [%d3+4];
  add.s64 %d4, %d1, %T;
  st.global.u32 [%d4], %r0;
  mul.wide.u32 %d5, %n, 4;
  add.s64 %d2, %d2, %d5;
  ld.local.u32 %r1, [%d2];)");
  Device device;
  Buffer<uint32_t> b = device.allocate<uint32_t>(32);
  EXPECT_EQ(device.launch(*module, "k", shapeOf(1, 32), b, b, 3u), "");
  for (uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(b[i], i);
  std::string message = device.launch(*module, "k", shapeOf(1, 32), b, b, 4u);
  EXPECT_NE(message.find("reads 4 bytes at offset 16 of .local memory, which "
                         "has 16 bytes"),
            std::string::npos)
      << message;
}

static const char *const sharedKernel = R"(
  .shared .align 16 .b8 s[128];
  .shared .align 16 .b8 other[128];
  mov.u32 %r1, s;
  shl.b32 %r2, %t, 2;
  add.u32 %r1, %r1, %r2;
  st.shared.u32 [%r1], %t;
  bar.sync 0;
  ld.shared.u32 %r3, [%r1];
  mov.u64 %d2, s;
  cvta.shared.u64 %d3, %d2;
  add.s64 %d3, %d3, %T;
  ld.u32 %r4, [%d3];
  add.u32 %r3, %r3, %r4;
  add.s64 %d4, %d1, %T;
  st.global.u32 [%d4], %r3;
  ld.shared.u32 %r5, [other];
  st.global.u32 [%d0], %r5;)";

TEST(SharedMemory, ShortArrayIsFound) {
  auto module = makeKernel(sharedKernel);
  Device device;
  Buffer<uint32_t> b = device.allocate<uint32_t>(64);
  Buffer<uint32_t> a = device.allocate<uint32_t>(1);
  EXPECT_EQ(device.launch(*module, "k", shapeOf(1, 32), a, b, 0u), "");
  for (uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(b[i], 2 * i);
  EXPECT_EQ(a[0], 0xffffffffu) << "shared memory is poisoned";
  for (uint64_t seed = 0; seed < 8; ++seed) {
    device.options.seed = seed;
    std::string message = device.launch(*module, "k", shapeOf(1, 33), a, b, 0u);
    EXPECT_NE(message.find("line 19 (st.shared.u32): thread (32,0,0) of block "
                           "(0,0,0) writes 4 bytes"),
              std::string::npos)
        << message;
    EXPECT_NE(message.find("one of 128 bytes ends at offset"),
              std::string::npos)
        << message;
  }
}

TEST(SharedMemory, DynamicPartHasTheSizeOfTheLaunch) {
  auto module = makeKernel("mov.u32 %r1, dyn; shl.b32 %r2, %t, 2;\n"
                           "add.u32 %r1, %r1, %r2;\n"
                           "st.shared.u32 [%r1], %t;\n"
                           "mov.u32 %r3, %dynamic_smem_size;\n"
                           "st.global.u32 [%d0], %r3;",
                           ".extern .shared .align 16 .b8 dyn[];");
  Device device;
  Buffer<uint32_t> a = device.allocate<uint32_t>(1);
  EXPECT_EQ(device.launch(*module, "k", shapeOf(1, 64, 256), a, a, 0u), "");
  EXPECT_EQ(a[0], 256u);
  EXPECT_NE(device.launch(*module, "k", shapeOf(1, 64, 252), a, a, 0u), "");
}
