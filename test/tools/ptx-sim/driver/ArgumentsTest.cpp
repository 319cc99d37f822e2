// Each function of the driver with arguments that no program may give: an error
// every time, and the device works on.
#include "test/tools/ptx-sim/driver/Sim.h"

#include <functional>
#include <map>

namespace ptxsim::driver::test {
namespace {

using Calls = std::vector<std::function<Result()>>;

/// Handles of which none is the driver's.
template <typename Handle> Handle stale() {
  static int nothing;
  return reinterpret_cast<Handle>(&nothing);
}

class ArgumentsTest : public Sim {
protected:
  /// By function, what it must refuse.
  std::map<std::string, Calls> list() {
    auto noStream = stale<StreamHandle>();
    auto noEvent = stale<EventHandle>();
    auto noModule = stale<ModuleHandle>();
    auto noKernel = stale<FunctionHandle>();
    auto noGraph = stale<GraphHandle>();
    auto noExec = stale<GraphExecHandle>();
    FunctionHandle add = findKernel("add");
    return {
        {"cuInit", {[] { return cuInit(1); }}},
        {"cuDriverGetVersion", {[] { return cuDriverGetVersion(nullptr); }}},
        {"cuGetErrorName",
         {[] { return cuGetErrorName(Success, nullptr); },
          [this] { return cuGetErrorName(Result(12345), &text); }}},
        {"cuGetErrorString",
         {[] { return cuGetErrorString(Success, nullptr); },
          [this] { return cuGetErrorString(Result(12345), &text); }}},
        {"cuDeviceGetCount", {[] { return cuDeviceGetCount(nullptr); }}},
        {"cuDeviceGet",
         {[] { return cuDeviceGet(nullptr, 0); },
          [this] { return cuDeviceGet(&number, -1); },
          [this] { return cuDeviceGet(&number, 1); }}},
        {"cuDeviceGetName",
         {[] { return cuDeviceGetName(nullptr, 8, 0); },
          [this] { return cuDeviceGetName(name, 0, 0); },
          [this] { return cuDeviceGetName(name, 8, 1); }}},
        {"cuDeviceGetAttribute",
         {[] { return cuDeviceGetAttribute(nullptr, WarpSize, 0); },
          [this] { return cuDeviceGetAttribute(&number, WarpSize, 1); },
          [this] {
            return cuDeviceGetAttribute(&number, DeviceAttribute(9999), 0);
          }}},
        {"cuDeviceTotalMem_v2",
         {[] { return cuDeviceTotalMem_v2(nullptr, 0); },
          [this] { return cuDeviceTotalMem_v2(&bytes, 1); }}},
        {"cuDevicePrimaryCtxRetain",
         {[] { return cuDevicePrimaryCtxRetain(nullptr, 0); },
          [this] { return cuDevicePrimaryCtxRetain(&context, 1); }}},
        {"cuDevicePrimaryCtxRelease_v2",
         {[] { return cuDevicePrimaryCtxRelease_v2(1); }}},
        {"cuCtxSetCurrent",
         {[] { return cuCtxSetCurrent(stale<ContextHandle>()); }}},
        {"cuCtxGetCurrent", {[] { return cuCtxGetCurrent(nullptr); }}},
        {"cuCtxSynchronize", {}}, // takes nothing
        {"cuModuleLoadDataEx",
         {[] { return cuModuleLoadDataEx(nullptr, kernels, 0, nullptr, {}); },
          [this] { return cuModuleLoadDataEx(&loaded, {}, 0, {}, {}); },
          [this] { return cuModuleLoadDataEx(&loaded, kernels, 1, {}, {}); },
          [this] { return cuModuleLoadDataEx(&loaded, "", 0, {}, {}); }}},
        {"cuModuleLoadData",
         {[] { return cuModuleLoadData(nullptr, kernels); },
          [this] { return cuModuleLoadData(&loaded, nullptr); },
          [this] { return cuModuleLoadData(&loaded, "nonsense"); }}},
        {"cuModuleUnload",
         {[] { return cuModuleUnload(nullptr); },
          [=] { return cuModuleUnload(noModule); }}},
        {"cuModuleGetFunction",
         {[this] { return cuModuleGetFunction(nullptr, module, "add"); },
          [this] { return cuModuleGetFunction(&kernel, module, nullptr); },
          [this] { return cuModuleGetFunction(&kernel, module, ""); },
          [=, this] { return cuModuleGetFunction(&kernel, noModule, "add"); }}},
        {"cuModuleGetGlobal_v2",
         {[this] { return cuModuleGetGlobal_v2(&x, &bytes, module, nullptr); },
          [this] { return cuModuleGetGlobal_v2(&x, &bytes, module, "add"); },
          [=, this] {
            return cuModuleGetGlobal_v2(&x, &bytes, noModule, "counter");
          }}},
        {"cuFuncGetAttribute",
         {[=] { return cuFuncGetAttribute(nullptr, FunctionRegisters, add); },
          [=, this] {
            return cuFuncGetAttribute(&number, FunctionRegisters, noKernel);
          },
          [=, this] {
            return cuFuncGetAttribute(&number, FunctionAttribute(99), add);
          }}},
        {"cuFuncSetAttribute",
         {[=] {
            return cuFuncSetAttribute(noKernel, FunctionMaxDynamicSharedBytes,
                                      8);
          },
          [=] {
            return cuFuncSetAttribute(add, FunctionMaxDynamicSharedBytes, -1);
          },
          [=] { return cuFuncSetAttribute(add, FunctionRegisters, 8); }}},
        {"cuMemGetInfo_v2",
         {[this] { return cuMemGetInfo_v2(nullptr, &bytes); },
          [this] { return cuMemGetInfo_v2(&bytes, nullptr); }}},
        {"cuMemAlloc_v2",
         {[] { return cuMemAlloc_v2(nullptr, 8); },
          [this] { return cuMemAlloc_v2(&x, 0); },
          [this] { return cuMemAlloc_v2(&x, SIZE_MAX); }}},
        {"cuMemFree_v2", {[] { return cuMemFree_v2(16); }}},
        {"cuMemHostAlloc",
         {[] { return cuMemHostAlloc(nullptr, 8, 0); },
          [this] { return cuMemHostAlloc(&host, 0, 0); },
          [this] { return cuMemHostAlloc(&host, 8, 64); },
          [this] { return cuMemHostAlloc(&host, SIZE_MAX, 0); },
          [this] { return cuMemHostAlloc(&host, SIZE_MAX - 300, 0); }}},
        {"cuMemFreeHost",
         {[] { return cuMemFreeHost(nullptr); },
          [this] { return cuMemFreeHost(&number); }}},
        {"cuMemcpyHtoDAsync_v2",
         {[this] { return cuMemcpyHtoDAsync_v2(two, nullptr, 8, nullptr); },
          [this] { return cuMemcpyHtoDAsync_v2(0, name, 8, nullptr); },
          [this] { return cuMemcpyHtoDAsync_v2(two, name, 9, nullptr); },
          [=, this] { return cuMemcpyHtoDAsync_v2(two, name, 8, noStream); }}},
        {"cuMemcpyDtoHAsync_v2",
         {[this] { return cuMemcpyDtoHAsync_v2(nullptr, two, 8, nullptr); },
          [this] { return cuMemcpyDtoHAsync_v2(name, 0, 8, nullptr); },
          [this] { return cuMemcpyDtoHAsync_v2(name, two, 9, nullptr); },
          [=, this] { return cuMemcpyDtoHAsync_v2(name, two, 8, noStream); }}},
        {"cuMemcpyDtoDAsync_v2",
         {[this] { return cuMemcpyDtoDAsync_v2(two, 0, 8, nullptr); },
          [this] { return cuMemcpyDtoDAsync_v2(0, two, 8, nullptr); },
          [this] { return cuMemcpyDtoDAsync_v2(two, two + 4, 8, nullptr); },
          [=, this] { return cuMemcpyDtoDAsync_v2(two, two, 8, noStream); }}},
        {"cuMemcpyHtoD_v2",
         {[this] { return cuMemcpyHtoD_v2(two, nullptr, 8); },
          [this] { return cuMemcpyHtoD_v2(two - 4, name, 8); }}},
        {"cuMemcpyDtoH_v2",
         {[this] { return cuMemcpyDtoH_v2(nullptr, two, 8); },
          [this] { return cuMemcpyDtoH_v2(name, two - 4, 8); }}},
        {"cuMemsetD8Async",
         {[] { return cuMemsetD8Async(0, 0, 8, nullptr); },
          [this] { return cuMemsetD8Async(two, 0, 9, nullptr); },
          [=, this] { return cuMemsetD8Async(two, 0, 8, noStream); }}},
        {"cuStreamCreate",
         {[] { return cuStreamCreate(nullptr, StreamNonBlocking); },
          [this] { return cuStreamCreate(&stream, 64); }}},
        {"cuStreamDestroy_v2",
         {[] { return cuStreamDestroy_v2(nullptr); },
          [=] { return cuStreamDestroy_v2(noStream); }}},
        {"cuStreamSynchronize",
         {[=] { return cuStreamSynchronize(noStream); }}},
        {"cuStreamQuery", {[=] { return cuStreamQuery(noStream); }}},
        {"cuStreamWaitEvent",
         {[] { return cuStreamWaitEvent(nullptr, nullptr, 0); },
          [=] { return cuStreamWaitEvent(nullptr, noEvent, 0); },
          [=, this] { return cuStreamWaitEvent(noStream, event, 0); }}},
        {"cuStreamBeginCapture_v2",
         {[] { return cuStreamBeginCapture_v2(nullptr, CaptureGlobal); },
          [=] { return cuStreamBeginCapture_v2(noStream, CaptureGlobal); },
          [this] { return cuStreamBeginCapture_v2(side, CaptureMode(7)); }}},
        {"cuStreamEndCapture",
         {[this] { return cuStreamEndCapture(side, nullptr); },
          [this] { return cuStreamEndCapture(side, &graph); },
          [=, this] { return cuStreamEndCapture(noStream, &graph); }}},
        {"cuEventCreate",
         {[] { return cuEventCreate(nullptr, EventDefault); },
          [this] { return cuEventCreate(&event, 64); }}},
        {"cuEventDestroy_v2",
         {[] { return cuEventDestroy_v2(nullptr); },
          [=] { return cuEventDestroy_v2(noEvent); }}},
        {"cuEventRecord",
         {[=] { return cuEventRecord(noEvent, nullptr); },
          [=, this] { return cuEventRecord(event, noStream); }}},
        {"cuEventSynchronize", {[=] { return cuEventSynchronize(noEvent); }}},
        {"cuEventQuery", {[=] { return cuEventQuery(noEvent); }}},
        {"cuEventElapsedTime",
         {[this] { return cuEventElapsedTime(nullptr, event, event); },
          [this] { return cuEventElapsedTime(&milliseconds, event, event); },
          [=, this] {
            return cuEventElapsedTime(&milliseconds, noEvent, event);
          }}},
        {"cuGraphInstantiateWithFlags",
         {[this] { return cuGraphInstantiateWithFlags(nullptr, graph, 0); },
          [=, this] {
            return cuGraphInstantiateWithFlags(&exec, noGraph, 0);
          }}},
        {"cuGraphLaunch",
         {[] { return cuGraphLaunch(nullptr, nullptr); },
          [=] { return cuGraphLaunch(noExec, nullptr); }}},
        {"cuGraphExecDestroy",
         {[] { return cuGraphExecDestroy(nullptr); },
          [=] { return cuGraphExecDestroy(noExec); }}},
        {"cuGraphDestroy",
         {[] { return cuGraphDestroy(nullptr); },
          [=] { return cuGraphDestroy(noGraph); }}},
        {"cuLaunchKernel",
         {[this] { return launchWith(nullptr, arguments); },
          [=, this] { return launchWith(noKernel, arguments); },
          [=] { return launchWith(add, nullptr); },
          [=, this] { return launchWith(add, oneMissing); },
          [=, this] {
            return cuLaunchKernel(add, 1, 1, 1, 2, 1, 1, 0, noStream, arguments,
                                  nullptr);
          },
          [=, this] {
            return cuLaunchKernel(add, 1, 1, 1, 2, 1, 1, 0, nullptr, arguments,
                                  oneMissing);
          }}},
        {"cuLaunchCooperativeKernel",
         {[=, this] {
            return cuLaunchCooperativeKernel(noKernel, 1, 1, 1, 2, 1, 1, 0,
                                             nullptr, arguments);
          },
          [=, this] {
            return cuLaunchCooperativeKernel(add, 1, 1, 1, 2, 1, 1, 0, nullptr,
                                             oneMissing);
          }}},
    };
  }

  static Result launchWith(FunctionHandle kernel, void **parameters) {
    return cuLaunchKernel(kernel, 1, 1, 1, 2, 1, 1, 0, nullptr, parameters,
                          nullptr);
  }

  DevicePointer two = allocate({1, 2}), x = 0;
  StreamHandle side = makeStream(), stream = nullptr;
  EventHandle event = makeEvent();
  ContextHandle context = nullptr;
  ModuleHandle loaded = nullptr;
  FunctionHandle kernel = nullptr;
  GraphHandle graph = nullptr;
  GraphExecHandle exec = nullptr;
  const char *text = nullptr;
  char name[16] = {};
  int number = 0, by = 1;
  size_t bytes = 0;
  float milliseconds = 0;
  void *host = nullptr;
  void *arguments[2] = {&two, &by};
  void *oneMissing[2] = {&two, nullptr};
};

TEST_F(ArgumentsTest, WrongOnesAreRefused) {
  for (const auto &[function, calls] : list())
    for (size_t i = 0; i < calls.size(); ++i)
      EXPECT_NE(calls[i](), Success) << function << ", call " << i;
  EXPECT_EQ(launch("add", two, 1, nullptr), Success);
  EXPECT_EQ(read(two, 2), (std::vector{2, 3}));
}

TEST_F(ArgumentsTest, OfAllFunctionsAreTried) {
  std::map<std::string, Calls> calls = list();
#define PTXSIM_EXPECT(name, parameters)                                        \
  EXPECT_TRUE(calls.contains(#name)) << #name;
  DLC_CUDA_FUNCTIONS(PTXSIM_EXPECT)
  PTXSIM_OTHER_FUNCTIONS(PTXSIM_EXPECT)
#undef PTXSIM_EXPECT
}

} // namespace
} // namespace ptxsim::driver::test
