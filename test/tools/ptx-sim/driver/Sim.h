// What the tests of the driver share: a context, memory, and a few kernels.
#pragma once

#include "tools/ptx-sim/driver/Functions.h"
#include "tools/ptx-sim/driver/PtxSim.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ptxsim::driver::test {

using namespace dlc::cuda;

/// add: x[i] += by, one block, as many threads as x has elements; far: writes
/// far behind x.
inline constexpr const char *kernels = R"(
.version 7.0
.target sm_80
.address_size 64
.visible .global .align 4 .u32 counter = 7;
.visible .entry add(.param .u64 x, .param .u32 by)
{
  .reg .b32 %r<5>;
  .reg .b64 %rd<5>;
  ld.param.u64 %rd1, [x];
  ld.param.u32 %r1, [by];
  cvta.to.global.u64 %rd2, %rd1;
  mov.u32 %r2, %tid.x;
  mul.wide.u32 %rd3, %r2, 4;
  add.s64 %rd4, %rd2, %rd3;
  ld.global.u32 %r3, [%rd4];
  add.s32 %r4, %r3, %r1;
  st.global.u32 [%rd4], %r4;
  ret;
}
.visible .entry far(.param .u64 x, .param .u32 by)
{
  .reg .b32 %r<2>;
  .reg .b64 %rd<3>;
  ld.param.u64 %rd1, [x];
  ld.param.u32 %r1, [by];
  cvta.to.global.u64 %rd2, %rd1;
  st.global.u32 [%rd2+16777216], %r1;
  ret;
}
)";

/// A device without faults, with a context that is current.
class Sim : public testing::Test {
protected:
  Sim() {
    ptxSimReset();
    ptxSimSetSeed(0);
    EXPECT_EQ(cuInit(0), Success);
    ContextHandle context = nullptr;
    EXPECT_EQ(cuDevicePrimaryCtxRetain(&context, 0), Success);
    EXPECT_EQ(cuCtxSetCurrent(context), Success);
  }
  ~Sim() override {
    cuModuleUnload(module);
    cuDevicePrimaryCtxRelease_v2(0);
    ptxSimReset(); // all of it is gone after a fault
  }

  static DevicePointer allocate(std::vector<int> values) {
    DevicePointer pointer = 0;
    EXPECT_EQ(cuMemAlloc_v2(&pointer, values.size() * sizeof(int)), Success);
    EXPECT_EQ(
        cuMemcpyHtoD_v2(pointer, values.data(), values.size() * sizeof(int)),
        Success);
    return pointer;
  }
  static std::vector<int> read(DevicePointer pointer, size_t count) {
    std::vector<int> values(count);
    EXPECT_EQ(cuMemcpyDtoH_v2(values.data(), pointer, count * sizeof(int)),
              Success);
    return values;
  }
  static int *allocatePinned(std::vector<int> values) {
    void *memory = nullptr;
    EXPECT_EQ(cuMemHostAlloc(&memory, values.size() * sizeof(int), 0), Success);
    std::copy(values.begin(), values.end(), static_cast<int *>(memory));
    return static_cast<int *>(memory);
  }
  static StreamHandle makeStream(unsigned flags = StreamNonBlocking) {
    StreamHandle stream = nullptr;
    EXPECT_EQ(cuStreamCreate(&stream, flags), Success);
    return stream;
  }
  static EventHandle makeEvent(unsigned flags = EventDisableTiming) {
    EventHandle event = nullptr;
    EXPECT_EQ(cuEventCreate(&event, flags), Success);
    return event;
  }
  FunctionHandle findKernel(const char *name) {
    if (!module)
      EXPECT_EQ(cuModuleLoadData(&module, kernels), Success) << ptxSimReport();
    FunctionHandle function = nullptr;
    EXPECT_EQ(cuModuleGetFunction(&function, module, name), Success);
    return function;
  }
  Result launch(const char *kernel, DevicePointer x, int by,
                StreamHandle stream, unsigned threads = 2) {
    void *parameters[] = {&x, &by};
    return cuLaunchKernel(findKernel(kernel), 1, 1, 1, threads, 1, 1, 0, stream,
                          parameters, nullptr);
  }
  ModuleHandle module = nullptr;

  static PtxSimCounters count() {
    PtxSimCounters counters;
    ptxSimCounters(&counters);
    return counters;
  }
};

} // namespace ptxsim::driver::test
