// Blocks that wait for each other: all are there at once, or the launch is
// refused.
#include "test/tools/ptx-sim/driver/Sim.h"

namespace ptxsim::driver::test {
namespace {

/// The first thread of each block counts itself in x[0], waits until all blocks
/// have, and leaves their number in x[1 + block].
constexpr const char *meeting = R"(
.version 7.0
.target sm_80
.address_size 64
.visible .entry meet(.param .u64 x)
{
  .reg .pred %p<3>;
  .reg .b32 %r<6>;
  .reg .b64 %rd<5>;
  ld.param.u64 %rd1, [x];
  cvta.to.global.u64 %rd2, %rd1;
  mov.u32 %r1, %tid.x;
  setp.ne.u32 %p1, %r1, 0;
  @%p1 bra $done;
  mov.u32 %r2, %nctaid.x;
  red.global.add.u32 [%rd2], 1;
$wait:
  ld.volatile.global.u32 %r3, [%rd2];
  setp.lt.u32 %p2, %r3, %r2;
  @%p2 bra $wait;
  mov.u32 %r4, %ctaid.x;
  mul.wide.u32 %rd3, %r4, 4;
  add.s64 %rd4, %rd2, %rd3;
  st.global.u32 [%rd4+4], %r3;
$done:
  ret;
}
)";

class CooperativeTest : public Sim {
protected:
  Result meet(unsigned blocks, unsigned threads, unsigned shared = 0) {
    if (!module)
      EXPECT_EQ(cuModuleLoadData(&module, meeting), Success) << ptxSimReport();
    FunctionHandle kernel = nullptr;
    EXPECT_EQ(cuModuleGetFunction(&kernel, module, "meet"), Success);
    EXPECT_EQ(
        cuFuncSetAttribute(kernel, FunctionMaxDynamicSharedBytes, 160 << 10),
        Success);
    void *parameters[] = {&x};
    return cuLaunchCooperativeKernel(kernel, blocks, 1, 1, threads, 1, 1,
                                     shared, nullptr, parameters);
  }

  DevicePointer x = allocate(std::vector<int>(4000));
};

TEST_F(CooperativeTest, BlocksMeet) {
  ASSERT_EQ(meet(100, 64), Success) << ptxSimReport();
  EXPECT_EQ(cuCtxSynchronize(), Success) << ptxSimReport();
  EXPECT_EQ(read(x, 101), std::vector(101, 100));
  EXPECT_EQ(count().launches, 1u);
  EXPECT_EQ(count().kernels, 1u);
}

TEST_F(CooperativeTest, MoreThanAreResidentAreRefused) {
  // 2,048 threads, 32 blocks and 164 KiB a processor, of which there are 108.
  EXPECT_EQ(meet(2 * 108 + 1, 1024), CooperativeLaunchTooLarge);
  EXPECT_NE(std::string(ptxSimReport())
                .find("\"meet\" is launched with 217 blocks that wait for each "
                      "other, and 216 of them are resident at most"),
            std::string::npos)
      << ptxSimReport();
  EXPECT_EQ(meet(32 * 108 + 1, 1), CooperativeLaunchTooLarge);
  EXPECT_EQ(meet(108 + 1, 1, 100 << 10), CooperativeLaunchTooLarge);
  EXPECT_EQ(count().launches, 0u);
  // It is no fault: as many as fit still run.
  EXPECT_EQ(meet(108, 1, 100 << 10), Success) << ptxSimReport();
  EXPECT_EQ(cuCtxSynchronize(), Success) << ptxSimReport();
  EXPECT_EQ(read(x, 109), std::vector(109, 108));
}

} // namespace
} // namespace ptxsim::driver::test
