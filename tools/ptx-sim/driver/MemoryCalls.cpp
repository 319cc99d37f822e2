// Memory of the device, pinned memory of the host, and copies.
#include "tools/ptx-sim/driver/Functions.h"
#include "tools/ptx-sim/driver/Simulator.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

using namespace ptxsim::driver;

namespace {

using namespace dlc::cuda;

void *toPointer(DevicePointer pointer) {
  return reinterpret_cast<void *>(pointer);
}

bool isPinned(const Simulator &simulator, const void *address, size_t bytes) {
  const auto *begin = static_cast<const std::byte *>(address);
  return std::ranges::any_of(simulator.pinned, [&](const auto &range) {
    const auto *start = static_cast<const std::byte *>(range.first);
    return begin >= start && begin + bytes <= start + range.second;
  });
}

std::string describe(DevicePointer pointer, size_t bytes) {
  char text[96];
  std::snprintf(text, sizeof text, "%zu bytes at 0x%llx", bytes, pointer);
  return text;
}

/// Copies and fills end in memory of the device, all of them in one allocation.
Result checkRange(Simulator &simulator, DevicePointer pointer, size_t bytes,
                  const char *call) {
  if (bytes == 0 || simulator.memory.holds(toPointer(pointer), bytes))
    return Success;
  return simulator.misuse(InvalidValue, std::string(call) + ": " +
                                            describe(pointer, bytes) +
                                            " are not in one allocation");
}

/// A graph may run when memory that it was captured with is gone.
ptxsim::Expected<void> checkStill(const Simulator &simulator,
                                  const void *pointer, size_t bytes) {
  if (bytes == 0 || simulator.memory.holds(pointer, bytes))
    return {};
  return ptxsim::fail(
      ptxsim::Status::IllegalAddress,
      "copy or fill: " +
          describe(reinterpret_cast<DevicePointer>(pointer), bytes) +
          " were freed before it ran");
}

/// What a copy reads or writes on the host; null is none.
Result checkHost(Simulator &simulator, const void *pointer, size_t bytes,
                 const char *call) {
  if (pointer || bytes == 0)
    return Success;
  return simulator.misuse(InvalidValue,
                          std::string(call) + ": the host's address is null");
}

/// `owner` keeps what `from` points to, if it is no memory of the caller's.
Result enqueueCopy(Simulator &simulator, StreamHandle handle, void *to,
                   const void *from, size_t bytes,
                   std::shared_ptr<const void> owner = nullptr) {
  auto stream = simulator.findStream(handle);
  if (!stream)
    return InvalidHandle;
  // The host's own memory is the caller's to watch.
  std::vector<const void *> watched;
  for (const void *end : {static_cast<const void *>(to), from})
    if (simulator.memory.holds(end, bytes))
      watched.push_back(end);
  return simulator.enqueue(
      *stream,
      [&simulator, to, from, bytes, watched,
       owner = std::move(owner)]() -> ptxsim::Expected<void> {
        for (const void *end : watched)
          if (auto still = checkStill(simulator, end, bytes); !still)
            return still;
        std::memmove(to, from, bytes);
        ++simulator.counters.copies;
        simulator.counters.copiedBytes += bytes;
        return {};
      });
}

} // namespace

namespace dlc::cuda {

Result cuMemGetInfo_v2(size_t *free, size_t *total) {
  return inContext({free, total}, [&](Simulator &simulator) {
    *total = simulator.memoryBytes;
    *free = simulator.freeBytes();
    return Success;
  });
}

Result cuMemAlloc_v2(DevicePointer *pointer, size_t bytes) {
  return inContext({pointer}, [&](Simulator &simulator) -> Result {
    if (simulator.breaksCapture())
      return simulator.misuse(StreamCaptureUnsupported,
                              "memory is allocated during a capture");
    if (bytes == 0)
      return simulator.misuse(InvalidValue, "0 bytes are allocated");
    if (bytes > simulator.freeBytes())
      return OutOfMemory;
    auto memory = simulator.memory.allocate(bytes);
    if (!memory)
      return simulator.fail(memory.error());
    simulator.allocations.insert(*memory);
    *pointer = reinterpret_cast<DevicePointer>(*memory);
    return Success;
  });
}

Result cuMemFree_v2(DevicePointer pointer) {
  return inContext([&](Simulator &simulator) -> Result {
    if (pointer == 0)
      return Success;
    // As the driver does: what uses the memory ends first.
    if (Result result = simulator.finishAll(); result != Success)
      return result;
    auto freed = simulator.memory.free(toPointer(pointer));
    simulator.allocations.erase(toPointer(pointer));
    return freed ? Success : simulator.fail(freed.error());
  });
}

Result cuMemHostAlloc(void **pointer, size_t bytes, unsigned flags) {
  return inContext({pointer}, [&](Simulator &simulator) -> Result {
    constexpr unsigned known = 7; // portable, mapped, write-combined
    if (bytes == 0 || flags > known)
      return simulator.misuse(InvalidValue,
                              "0 bytes are pinned, or with unknown flags");
    if (bytes > SIZE_MAX / 2)
      return OutOfMemory;
    void *memory = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
    if (!memory)
      return OutOfMemory;
    std::memset(memory, 0xff, bytes);
    if (auto added = simulator.memory.add(memory, bytes); !added) {
      std::free(memory);
      return simulator.fail(added.error());
    }
    simulator.pinned.emplace(memory, bytes);
    *pointer = memory;
    return Success;
  });
}

Result cuMemFreeHost(void *pointer) {
  return inContext([&](Simulator &simulator) -> Result {
    if (!simulator.pinned.contains(pointer))
      return simulator.misuse(InvalidValue,
                              "what is freed is no pinned memory");
    if (Result result = simulator.finishAll(); result != Success)
      return result;
    simulator.pinned.erase(pointer);
    auto removed = simulator.memory.remove(pointer);
    std::free(pointer);
    return removed ? Success : simulator.fail(removed.error());
  });
}

Result cuMemcpyHtoDAsync_v2(DevicePointer to, const void *from, size_t bytes,
                            StreamHandle stream) {
  return inContext([&](Simulator &simulator) -> Result {
    const char *call = "copy to the device";
    if (Result result = checkHost(simulator, from, bytes, call);
        result != Success)
      return result;
    if (Result result = checkRange(simulator, to, bytes, call);
        result != Success)
      return result;
    if (isPinned(simulator, from, bytes))
      return enqueueCopy(simulator, stream, toPointer(to), from, bytes);
    // Other memory is read before the call returns.
    auto copy = std::make_shared<std::vector<std::byte>>(
        static_cast<const std::byte *>(from),
        static_cast<const std::byte *>(from) + bytes);
    return enqueueCopy(simulator, stream, toPointer(to), copy->data(), bytes,
                       copy);
  });
}

Result cuMemcpyDtoHAsync_v2(void *to, DevicePointer from, size_t bytes,
                            StreamHandle stream) {
  return inContext([&](Simulator &simulator) -> Result {
    const char *call = "copy from the device";
    if (Result result = checkHost(simulator, to, bytes, call);
        result != Success)
      return result;
    if (Result result = checkRange(simulator, from, bytes, call);
        result != Success)
      return result;
    Result result = enqueueCopy(simulator, stream, to, toPointer(from), bytes);
    auto found = simulator.findStream(stream);
    if (result != Success || found->capture || isPinned(simulator, to, bytes))
      return result;
    // Other memory is written before the call returns.
    return simulator.finish(*found);
  });
}

Result cuMemcpyDtoDAsync_v2(DevicePointer to, DevicePointer from, size_t bytes,
                            StreamHandle stream) {
  return inContext([&](Simulator &simulator) -> Result {
    for (DevicePointer pointer : {to, from})
      if (Result result =
              checkRange(simulator, pointer, bytes, "copy on the device");
          result != Success)
        return result;
    return enqueueCopy(simulator, stream, toPointer(to), toPointer(from),
                       bytes);
  });
}

Result cuMemcpyHtoD_v2(DevicePointer to, const void *from, size_t bytes) {
  return cuMemcpyHtoDAsync_v2(to, from, bytes, nullptr);
}

Result cuMemcpyDtoH_v2(void *to, DevicePointer from, size_t bytes) {
  return cuMemcpyDtoHAsync_v2(to, from, bytes, nullptr);
}

Result cuMemsetD8Async(DevicePointer to, unsigned char value, size_t bytes,
                       StreamHandle stream) {
  return inContext([&](Simulator &simulator) -> Result {
    if (Result result = checkRange(simulator, to, bytes, "fill");
        result != Success)
      return result;
    auto found = simulator.findStream(stream);
    if (!found)
      return InvalidHandle;
    return simulator.enqueue(
        *found, [&simulator, to, value, bytes]() -> ptxsim::Expected<void> {
          if (auto still = checkStill(simulator, toPointer(to), bytes); !still)
            return still;
          std::memset(toPointer(to), value, bytes);
          return {};
        });
  });
}

} // namespace dlc::cuda
