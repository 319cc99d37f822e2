// The driver itself, its one device, and the device's one context.
#include "tools/ptx-sim/driver/Functions.h"
#include "tools/ptx-sim/driver/Simulator.h"

#include <cstring>

using namespace ptxsim::driver;

namespace {

// What the emitter's instructions need, and a GPU of that class.
constexpr int computeCapability = 80;
constexpr int processors = 108;
constexpr int optInSharedBytes = 163 << 10;

/// The context's handle: never read, so any address will do.
dlc::cuda::ContextHandle contextHandle() {
  return reinterpret_cast<dlc::cuda::ContextHandle>(&Simulator::get());
}

thread_local dlc::cuda::ContextHandle current = nullptr;

} // namespace

namespace dlc::cuda {

Result cuInit(unsigned flags) {
  Simulator &simulator = Simulator::get();
  std::lock_guard lock(simulator.mutex);
  if (flags != 0)
    return InvalidValue;
  simulator.isInitialized = true;
  return Success;
}

Result cuDriverGetVersion(int *version) {
  if (!version)
    return InvalidValue;
  *version = 13000;
  return Success;
}

Result cuDeviceGetCount(int *count) {
  return guarded({count}, [&](Simulator &) {
    *count = 1;
    return Success;
  });
}

Result cuDeviceGet(DeviceOrdinal *device, int ordinal) {
  return guarded({device}, [&](Simulator &) {
    *device = ordinal;
    return ordinal == 0 ? Success : InvalidDevice;
  });
}

Result cuDeviceGetName(char *name, int bytes, DeviceOrdinal device) {
  return guarded({name}, [&](Simulator &) {
    if (device != 0)
      return InvalidDevice;
    if (bytes < 1)
      return InvalidValue;
    std::strncpy(name, "ptx-sim", size_t(bytes) - 1);
    name[bytes - 1] = '\0';
    return Success;
  });
}

Result cuDeviceGetAttribute(int *value, DeviceAttribute attribute,
                            DeviceOrdinal device) {
  return guarded({value}, [&](Simulator &simulator) {
    if (device != 0)
      return InvalidDevice;
    switch (attribute) {
    case MaxThreadsPerBlock:
      *value = 1024;
      return Success;
    case MaxSharedBytesPerBlock:
      *value = 48 << 10;
      return Success;
    case WarpSize:
      *value = 32;
      return Success;
    case MultiprocessorCount:
      *value = processors;
      return Success;
    case ComputeCapabilityMajor:
      *value = computeCapability / 10;
      return Success;
    case ComputeCapabilityMinor:
      *value = computeCapability % 10;
      return Success;
    case CooperativeLaunch:
      *value = 1;
      return Success;
    case MaxSharedBytesPerBlockOptin:
      *value = optInSharedBytes;
      return Success;
    }
    return simulator.misuse(InvalidValue, "device attribute " +
                                              std::to_string(int(attribute)) +
                                              " is none that ptx-sim knows");
  });
}

Result cuDeviceTotalMem_v2(size_t *bytes, DeviceOrdinal device) {
  return guarded({bytes}, [&](Simulator &simulator) {
    *bytes = simulator.memoryBytes;
    return device == 0 ? Success : InvalidDevice;
  });
}

Result cuDevicePrimaryCtxRetain(ContextHandle *context, DeviceOrdinal device) {
  return guarded({context}, [&](Simulator &simulator) {
    if (device != 0)
      return InvalidDevice;
    ++simulator.retained;
    *context = contextHandle();
    return Success;
  });
}

Result cuDevicePrimaryCtxRelease_v2(DeviceOrdinal device) {
  return guarded([&](Simulator &simulator) {
    if (device != 0)
      return InvalidDevice;
    if (!simulator.retained)
      return simulator.misuse(InvalidContext,
                              "the context is released more often than taken");
    --simulator.retained;
    return Success;
  });
}

Result cuCtxSetCurrent(ContextHandle context) {
  return guarded([&](Simulator &simulator) {
    if (context && context != contextHandle())
      return simulator.misuse(InvalidContext, "no such context");
    current = context;
    return Success;
  });
}

Result cuCtxGetCurrent(ContextHandle *context) {
  return guarded({context}, [&](Simulator &) {
    *context = current;
    return Success;
  });
}

Result cuCtxSynchronize() {
  return inContext([](Simulator &simulator) {
    if (simulator.breaksCapture())
      return simulator.misuse(StreamCaptureUnsupported,
                              "the context is waited for during a capture");
    return simulator.finishAll();
  });
}

} // namespace dlc::cuda

bool ptxsim::driver::isContextCurrent() { return current != nullptr; }
