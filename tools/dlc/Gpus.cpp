// Asks the driver.
#include "tools/dlc/Gpus.h"
#include "runtime/cuda/driver/Context.h"

#include <fmt/format.h>

namespace dlc::tool {

namespace {

/// What the PTX of all of dlc's kernels is for: 8.0.
constexpr int leastMajor = 8;

constexpr const char *driverLibrary = "libcuda.so.1";

} // namespace

std::vector<Gpu> listGpus() {
  std::vector<Gpu> gpus;
  auto driver = cuda::Driver::open(driverLibrary);
  int count = 0;
  if (!driver || (*driver)->call.cuDeviceGetCount(&count) != cuda::Success)
    return gpus;
  for (int i = 0; i < count; ++i)
    if (auto context = cuda::Context::open(**driver, i))
      gpus.push_back({context->name(),
                      fmt::format("cuda:sm_{}", context->computeCapability())});
  return gpus;
}

std::string findDefaultTarget() {
  auto driver = cuda::Driver::open(driverLibrary);
  // Without a context, which would take memory of the GPU.
  cuda::DeviceOrdinal device = 0;
  int major = 0;
  bool answers =
      driver && (*driver)->call.cuDeviceGet(&device, 0) == cuda::Success &&
      (*driver)->call.cuDeviceGetAttribute(&major, cuda::ComputeCapabilityMajor,
                                           device) == cuda::Success;
  return answers && major >= leastMajor ? "cuda" : "host";
}

} // namespace dlc::tool
