// One GPU in use.
#pragma once

#include "runtime/cuda/driver/Handles.h"

namespace dlc::cuda {

/// A GPU's primary context, which all users in a process share.
class Context {
public:
  /// The GPU number `ordinal`. Errors say how many there are.
  static Expected<Context> open(const Driver &driver, int ordinal);
  Context(Context &&other) noexcept
      : driver(other.driver), device(other.device), gpu(std::move(other.gpu)),
        capability(other.capability),
        handle(std::exchange(other.handle, nullptr)) {}
  Context &operator=(Context &&) = delete;
  ~Context();

  const Driver &driver;

  /// Must be called on a thread before it uses the context's objects.
  Expected<void> makeCurrent() const;

  /// "NVIDIA H100 80GB HBM3".
  const std::string &name() const { return gpu; }
  /// 90 for 9.0.
  int computeCapability() const { return capability; }

private:
  Context(const Driver &driver, DeviceOrdinal device)
      : driver(driver), device(device) {}

  DeviceOrdinal device;
  std::string gpu;
  int capability = 0;
  ContextHandle handle = nullptr;
};

} // namespace dlc::cuda
