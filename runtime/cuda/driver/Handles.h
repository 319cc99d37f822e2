// The driver's objects, destroyed when their owner goes.
#pragma once

#include "runtime/cuda/driver/Driver.h"

#include <utility>

namespace dlc::cuda {

/// Owns a handle that `Destroy`, a member of Functions, gives back. The context
/// must be current when it does.
template <typename Handle, auto Destroy> class Owned {
public:
  Owned() = default;
  Owned(const Driver &driver, Handle handle)
      : driver(&driver), handle(handle) {}
  Owned(Owned &&other) noexcept
      : driver(other.driver), handle(std::exchange(other.handle, Handle())) {}
  Owned &operator=(Owned &&other) noexcept {
    std::swap(driver, other.driver);
    std::swap(handle, other.handle);
    return *this;
  }
  ~Owned() {
    if (handle)
      (driver->call.*Destroy)(handle);
  }

  Handle get() const { return handle; }
  explicit operator bool() const { return bool(handle); }

private:
  const Driver *driver = nullptr;
  Handle handle = Handle();
};

using Stream = Owned<StreamHandle, &Functions::cuStreamDestroy_v2>;
using Event = Owned<EventHandle, &Functions::cuEventDestroy_v2>;
using Graph = Owned<GraphHandle, &Functions::cuGraphDestroy>;
using GraphExec = Owned<GraphExecHandle, &Functions::cuGraphExecDestroy>;
using LoadedModule = Owned<ModuleHandle, &Functions::cuModuleUnload>;
using DeviceMemory = Owned<DevicePointer, &Functions::cuMemFree_v2>;
using PinnedMemory = Owned<void *, &Functions::cuMemFreeHost>;

/// make(stream, driver, &Functions::cuStreamCreate, flags).
template <typename Object, typename Create, typename... Arguments>
Result make(Object &object, const Driver &driver, Create create,
            Arguments... arguments) {
  decltype(object.get()) handle{};
  Result result = (driver.call.*create)(&handle, arguments...);
  if (result == Success)
    object = Object(driver, handle);
  return result;
}

} // namespace dlc::cuda
