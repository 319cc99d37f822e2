// One GPU in use.
#include "runtime/cuda/driver/Context.h"

#include <fmt/format.h>

namespace dlc::cuda {

Expected<Context> Context::open(const Driver &driver, int ordinal) {
  const Functions &call = driver.call;
  std::string thing = fmt::format("GPU {}", ordinal);
  int count = 0;
  if (auto counted = driver.check(call.cuDeviceGetCount(&count), "GPUs");
      !counted)
    return Unexpected(counted.error());
  if (ordinal < 0 || ordinal >= count)
    return fail(thing, "is not there",
                fmt::format("this machine has {}", count),
                "choose one of them, counted from 0, or --device host");
  DeviceOrdinal device = 0;
  if (auto got = driver.check(call.cuDeviceGet(&device, ordinal), thing); !got)
    return Unexpected(got.error());

  Context context(driver, device);
  char name[256] = {};
  int major = 0, minor = 0;
  for (Result result :
       {call.cuDeviceGetName(name, sizeof name - 1, device),
        call.cuDeviceGetAttribute(&major, ComputeCapabilityMajor, device),
        call.cuDeviceGetAttribute(&minor, ComputeCapabilityMinor, device)})
    if (auto asked = driver.check(result, thing); !asked)
      return Unexpected(asked.error());
  context.gpu = name;
  context.capability = 10 * major + minor;
  ContextHandle handle = nullptr;
  auto made = driver.check(call.cuDevicePrimaryCtxRetain(&handle, device),
                           fmt::format("{} ({})", thing, context.gpu));
  if (!made)
    return Unexpected(made.error());
  context.handle = handle;
  if (auto current = context.makeCurrent(); !current)
    return Unexpected(current.error());
  return context;
}

Context::~Context() {
  if (handle)
    driver.call.cuDevicePrimaryCtxRelease_v2(device);
}

Expected<void> Context::makeCurrent() const {
  return driver.check(driver.call.cuCtxSetCurrent(handle), gpu);
}

} // namespace dlc::cuda
