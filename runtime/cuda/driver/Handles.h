// The driver's objects, destroyed when their owner goes.
#pragma once

#include "runtime/cuda/driver/Driver.h"

#include <utility>

namespace dlc::cuda {

/// Owns a handle that `Destroy`, one of a library's functions, gives back. The
/// context must be current when it does.
template <typename Opened, typename Handle, auto Destroy> class OwnedOf {
public:
  OwnedOf() = default;
  OwnedOf(const Opened &library, Handle handle)
      : library(&library), handle(handle) {}
  OwnedOf(OwnedOf &&other) noexcept
      : library(other.library), handle(std::exchange(other.handle, Handle())) {}
  OwnedOf &operator=(OwnedOf &&other) noexcept {
    std::swap(library, other.library);
    std::swap(handle, other.handle);
    return *this;
  }
  ~OwnedOf() {
    if (handle)
      (library->call.*Destroy)(handle);
  }

  Handle get() const { return handle; }
  explicit operator bool() const { return bool(handle); }

private:
  const Opened *library = nullptr;
  Handle handle = Handle();
};

/// One of the driver's own.
template <typename Handle, auto Destroy>
using Owned = OwnedOf<Driver, Handle, Destroy>;

using Stream = Owned<StreamHandle, &Functions::cuStreamDestroy_v2>;
using Event = Owned<EventHandle, &Functions::cuEventDestroy_v2>;
using Graph = Owned<GraphHandle, &Functions::cuGraphDestroy>;
using GraphExec = Owned<GraphExecHandle, &Functions::cuGraphExecDestroy>;
using LoadedModule = Owned<ModuleHandle, &Functions::cuModuleUnload>;
using DeviceMemory = Owned<DevicePointer, &Functions::cuMemFree_v2>;
using PinnedMemory = Owned<void *, &Functions::cuMemFreeHost>;

/// make(stream, driver, &Functions::cuStreamCreate, flags).
template <typename Object, typename Opened, typename Create,
          typename... Arguments>
auto make(Object &object, const Opened &library, Create create,
          Arguments... arguments) {
  decltype(object.get()) handle{};
  auto result = (library.call.*create)(&handle, arguments...);
  if (int(result) == 0)
    object = Object(library, handle);
  return result;
}

} // namespace dlc::cuda
