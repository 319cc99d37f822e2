// Input arrays on their way to a GPU while it computes.
#include "runtime/cuda/Inputs.h"

#include <algorithm>
#include <optional>

namespace dlc::cuda {
namespace {

using artifact::Buffer;
using artifact::Manifest;
using artifact::Port;
using artifact::Program;

uint64_t bytesAt(const Buffer &buffer, int64_t n) {
  return uint64_t(countElements(buffer.shape, n)) * sizeOf(buffer.dtype);
}

/// Calls visit(buffer index, place in the slot) for each input.
template <typename Visit>
uint64_t forEachPlace(const Program &program, int64_t maxBatch, Visit visit) {
  uint64_t place = 0;
  for (const Port &port : program.inputs) {
    visit(port.buffer, place);
    uint64_t bytes = bytesAt(program.buffers[port.buffer], maxBatch);
    place += (bytes + 255) / 256 * 256;
  }
  return place;
}

uint64_t slotBytes(const Manifest &manifest) {
  uint64_t bytes = 0;
  for (const Program &program : manifest.programs)
    if (program.device == artifact::onCuda)
      bytes = std::max(bytes, forEachPlace(program, manifest.maxBatch,
                                           [](uint32_t, uint64_t) {}));
  return bytes;
}

} // namespace

uint64_t Inputs::bytesFor(const Manifest &manifest) {
  return 2 * slotBytes(manifest);
}

Expected<Inputs> Inputs::create(const Driver &driver,
                                const Manifest &manifest) {
  Inputs inputs(driver);
  inputs.maxBatch = manifest.maxBatch;
  const std::string thing = "input buffers";
  std::optional<Error> error;
  auto make = [&]<typename Object>(Object &object, auto create,
                                   auto... arguments) {
    if (error)
      return;
    auto made = cuda::make<Object>(driver, thing, create, arguments...);
    if (made)
      object = std::move(*made);
    else
      error = made.error();
  };
  make(inputs.copies, &Functions::cuStreamCreate, unsigned(StreamNonBlocking));
  // An empty allocation is an error.
  size_t bytes = std::max<uint64_t>(slotBytes(manifest), 1);
  for (Slot &slot : inputs.slots) {
    make(slot.host, &Functions::cuMemHostAlloc, bytes, 0u);
    make(slot.device, &Functions::cuMemAlloc_v2, bytes);
    make(slot.uploaded, &Functions::cuEventCreate,
         unsigned(EventDisableTiming));
    make(slot.consumed, &Functions::cuEventCreate,
         unsigned(EventDisableTiming));
  }
  if (error)
    return Unexpected(*std::move(error));
  return inputs;
}

Result Inputs::stage(const Program &program, uint32_t buffer,
                     std::byte *&place) {
  Slot &slot = slots[turn];
  if (slot.isUploading) {
    Result result = driver->call.cuEventSynchronize(slot.uploaded.get());
    if (result != Success)
      return result;
    slot.isUploading = false;
  }
  place = nullptr;
  forEachPlace(program, maxBatch, [&](uint32_t index, uint64_t offset) {
    if (index == buffer)
      place = static_cast<std::byte *>(slot.host.get()) + offset;
  });
  return Success;
}

Result Inputs::send(const Program &program, const Regions &regions, int64_t n,
                    StreamHandle stream) {
  const Functions &call = driver->call;
  Slot &slot = slots[turn];
  turn = 1 - turn;
  Result result = Success;
  auto then = [&](auto function, auto... arguments) {
    if (result == Success)
      result = function(arguments...);
  };
  // The step before last must have read the slot before it is filled anew.
  if (slot.wasConsumed)
    then(call.cuStreamWaitEvent, copies.get(), slot.consumed.get(), 0u);
  forEachPlace(program, maxBatch, [&](uint32_t index, uint64_t place) {
    size_t bytes = bytesAt(program.buffers[index], n);
    if (bytes > 0)
      then(call.cuMemcpyHtoDAsync_v2, slot.device.get() + place,
           static_cast<const std::byte *>(slot.host.get()) + place, bytes,
           copies.get());
  });
  then(call.cuEventRecord, slot.uploaded.get(), copies.get());
  slot.isUploading = true;
  then(call.cuStreamWaitEvent, stream, slot.uploaded.get(), 0u);
  forEachPlace(program, maxBatch, [&](uint32_t index, uint64_t place) {
    const Buffer &buffer = program.buffers[index];
    size_t bytes = bytesAt(buffer, n);
    if (bytes > 0)
      then(call.cuMemcpyDtoDAsync_v2, regions.address(buffer),
           slot.device.get() + place, bytes, stream);
  });
  then(call.cuEventRecord, slot.consumed.get(), stream);
  slot.wasConsumed = true;
  return result;
}

} // namespace dlc::cuda
