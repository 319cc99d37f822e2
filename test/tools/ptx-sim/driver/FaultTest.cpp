// Misuse and faults: each is the driver's own error, with a report beside it.
#include "test/tools/ptx-sim/driver/Sim.h"

namespace ptxsim::driver::test {
namespace {

using FaultTest = Sim;

bool reports(const std::string &text) {
  return std::string(ptxSimReport()).find(text) != std::string::npos;
}

TEST_F(FaultTest, FaultsStay) {
  DevicePointer x = allocate({1, 2});
  StreamHandle stream = makeStream();
  EXPECT_EQ(launch("far", x, 1, stream), Success);
  EXPECT_EQ(cuStreamSynchronize(stream), IllegalAddress);
  EXPECT_TRUE(reports("\"far\"")) << ptxSimReport();
  EXPECT_TRUE(reports("line ")) << ptxSimReport();
  int value = 0;
  DevicePointer y = 0;
  EXPECT_EQ(cuMemcpyDtoH_v2(&value, x, 4), IllegalAddress);
  EXPECT_EQ(cuMemAlloc_v2(&y, 4), IllegalAddress);
  EXPECT_EQ(cuCtxSynchronize(), IllegalAddress);
  const char *name = nullptr;
  EXPECT_EQ(cuGetErrorName(IllegalAddress, &name), Success);
  EXPECT_STREQ(name, "CUDA_ERROR_ILLEGAL_ADDRESS");
}

/// What was queued behind a fault on the null stream goes with it.
TEST_F(FaultTest, LeaveNothingBehind) {
  DevicePointer x = allocate({1, 2});
  StreamHandle stream = makeStream();
  GraphHandle graph = nullptr;
  GraphExecHandle exec = nullptr;
  ASSERT_EQ(cuStreamBeginCapture_v2(stream, CaptureThreadLocal), Success);
  EXPECT_EQ(launch("far", x, 1, stream), Success);
  EXPECT_EQ(cuMemcpyDtoDAsync_v2(x + 4, x, 4, stream), Success);
  ASSERT_EQ(cuStreamEndCapture(stream, &graph), Success);
  ASSERT_EQ(cuGraphInstantiateWithFlags(&exec, graph, 0), Success);
  EXPECT_EQ(cuGraphLaunch(exec, nullptr), IllegalAddress);
  ptxSimReset();
  module = nullptr;
  ContextHandle context = nullptr;
  ASSERT_EQ(cuDevicePrimaryCtxRetain(&context, 0), Success);
  DevicePointer y = allocate({3, 4});
  EXPECT_EQ(read(y, 2), (std::vector{3, 4}));
  EXPECT_EQ(count().copies, 2u); // up and down, and none from before
}

TEST_F(FaultTest, CopiesStayInOneAllocation) {
  DevicePointer x = allocate({1, 2});
  int values[4] = {};
  EXPECT_EQ(cuMemcpyHtoD_v2(x, values, 12), InvalidValue);
  EXPECT_TRUE(reports("copy to the device: 12 bytes at 0x")) << ptxSimReport();
  EXPECT_EQ(cuMemcpyDtoH_v2(values, x + 4, 8), InvalidValue);
  EXPECT_EQ(cuMemsetD8Async(0, 0, 4, nullptr), InvalidValue);
  EXPECT_EQ(cuMemFree_v2(x + 4), InvalidValue);
  EXPECT_EQ(cuMemFree_v2(x), Success);
  EXPECT_EQ(cuMemFree_v2(x), InvalidValue);
}

TEST_F(FaultTest, LaunchesHaveLimits) {
  DevicePointer x = allocate({1, 2});
  EXPECT_EQ(launch("add", x, 1, nullptr, 1025), InvalidValue);
  EXPECT_TRUE(reports("1025 threads a block")) << ptxSimReport();
  EXPECT_EQ(launch("add", x, 1, nullptr, 0), InvalidValue);
  FunctionHandle add = findKernel("add");
  int by = 1;
  void *parameters[] = {&x, &by};
  auto launchWith = [&](unsigned grid, unsigned shared) {
    return cuLaunchKernel(add, grid, 1, 1, 2, 1, 1, shared, nullptr, parameters,
                          nullptr);
  };
  EXPECT_EQ(launchWith(0, 0), InvalidValue);
  EXPECT_EQ(launchWith(1, 100 << 10), InvalidValue);
  EXPECT_EQ(cuFuncSetAttribute(add, FunctionMaxDynamicSharedBytes, 100 << 10),
            Success);
  EXPECT_EQ(launchWith(1, 100 << 10), Success);
  EXPECT_EQ(cuFuncSetAttribute(add, FunctionMaxDynamicSharedBytes, 200 << 10),
            InvalidValue);
  int value = 0;
  EXPECT_EQ(cuFuncGetAttribute(&value, FunctionMaxDynamicSharedBytes, add),
            Success);
  EXPECT_EQ(value, 100 << 10);
}

TEST_F(FaultTest, MemoryHasALimit) {
  size_t free = 0, total = 0;
  ptxSimSetMemory(size_t(1) << 30);
  DevicePointer x = 0, y = 0;
  EXPECT_EQ(cuMemAlloc_v2(&x, size_t(1) << 20), Success);
  EXPECT_EQ(cuMemGetInfo_v2(&free, &total), Success);
  EXPECT_EQ(total, size_t(1) << 30);
  EXPECT_EQ(cuMemAlloc_v2(&y, free + 1), OutOfMemory);
  EXPECT_EQ(cuMemFree_v2(x), Success);
  size_t more = 0;
  EXPECT_EQ(cuMemGetInfo_v2(&more, &total), Success);
  EXPECT_EQ(more, free + (size_t(1) << 20));
  ptxSimSetMemory(size_t(8) << 30);
}

TEST_F(FaultTest, ModulesTellWhatIsWrong) {
  ModuleHandle module = nullptr;
  std::string log(200, '\0');
  JitOption options[] = {JitErrorLogBuffer, JitErrorLogBufferBytes};
  void *values[] = {log.data(), reinterpret_cast<void *>(log.size())};
  EXPECT_EQ(cuModuleLoadDataEx(&module,
                               ".version 7.0\n.target sm_80\n.address_size "
                               "64\n.visible .entry k() { nonsense; }",
                               2, options, values),
            InvalidPtx);
  EXPECT_NE(log.find("nonsense"), std::string::npos) << log;
  EXPECT_EQ(cuModuleLoadData(&module, "\x7f"
                                      "ELF"),
            NoBinaryForGpu);
  ASSERT_EQ(cuModuleLoadData(&module, kernels), Success);
  FunctionHandle function = nullptr;
  EXPECT_EQ(cuModuleGetFunction(&function, module, "none"), NotFound);
  DevicePointer counter = 0;
  size_t bytes = 0;
  ASSERT_EQ(cuModuleGetGlobal_v2(&counter, &bytes, module, "counter"), Success);
  EXPECT_EQ(bytes, 4u);
  EXPECT_EQ(read(counter, 1), std::vector{7});
  EXPECT_EQ(cuModuleUnload(module), Success);
  EXPECT_EQ(cuModuleUnload(module), InvalidHandle);
}

TEST_F(FaultTest, ThreadsSayWhichContextTheyUse) {
  EXPECT_EQ(cuCtxSetCurrent(nullptr), Success);
  DevicePointer x = 0;
  EXPECT_EQ(cuMemAlloc_v2(&x, 4), InvalidContext);
  EXPECT_TRUE(reports("no context is current"));
  DeviceOrdinal device = 0;
  EXPECT_EQ(cuDeviceGet(&device, 1), InvalidDevice);
}

} // namespace
} // namespace ptxsim::driver::test
