// Input arrays on their way to a GPU while it computes.
#include "runtime/cuda/Inputs.h"

#include <algorithm>

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

/// Of one step of the program with the largest inputs.
uint64_t bytesOfStep(const Manifest &manifest) {
  uint64_t bytes = 0;
  for (const Program &program : manifest.programs)
    if (program.device == artifact::onCuda)
      bytes = std::max(bytes, forEachPlace(program, manifest.maxBatch,
                                           [](uint32_t, uint64_t) {}));
  return bytes;
}

} // namespace

uint64_t Inputs::bytesFor(const Manifest &manifest, int64_t steps) {
  return 2 * uint64_t(steps) * bytesOfStep(manifest);
}

Result Inputs::create(const Driver &driver, const Manifest &manifest,
                      int64_t steps, Inputs &inputs) {
  inputs = Inputs();
  inputs.driver = &driver;
  inputs.maxBatch = manifest.maxBatch;
  inputs.room = steps;
  inputs.stepBytes = bytesOfStep(manifest);
  Result result = Success;
  auto make = [&](auto &object, auto create, auto... arguments) {
    if (result == Success)
      result = cuda::make(object, driver, create, arguments...);
  };
  make(inputs.copies, &Functions::cuStreamCreate, unsigned(StreamNonBlocking));
  // An empty allocation is an error.
  size_t bytes = std::max<uint64_t>(uint64_t(steps) * inputs.stepBytes, 1);
  for (Slot &slot : inputs.slots) {
    make(slot.host, &Functions::cuMemHostAlloc, bytes, 0u);
    make(slot.device, &Functions::cuMemAlloc_v2, bytes);
    make(slot.uploaded, &Functions::cuEventCreate,
         unsigned(EventDisableTiming));
    make(slot.consumed, &Functions::cuEventCreate,
         unsigned(EventDisableTiming));
  }
  return result;
}

Result Inputs::stage(const Program &program, uint32_t buffer, int64_t step,
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
      place = static_cast<std::byte *>(slot.host.get()) +
              uint64_t(step) * stepBytes + offset;
  });
  return Success;
}

Result Inputs::send(const Program &program, int64_t n, int64_t steps,
                    StreamHandle stream) {
  const Functions &call = driver->call;
  Slot &slot = slots[turn];
  Result result = Success;
  auto then = [&](auto function, auto... arguments) {
    if (result == Success)
      result = function(arguments...);
  };
  // The launch before last must have read the slot before it is filled anew.
  if (slot.wasConsumed)
    then(call.cuStreamWaitEvent, copies.get(), slot.consumed.get(), 0u);
  for (int64_t step = 0; step < steps; ++step)
    forEachPlace(program, maxBatch, [&](uint32_t index, uint64_t offset) {
      uint64_t place = uint64_t(step) * stepBytes + offset;
      size_t bytes = bytesAt(program.buffers[index], n);
      if (bytes > 0)
        then(call.cuMemcpyHtoDAsync_v2, slot.device.get() + place,
             static_cast<const std::byte *>(slot.host.get()) + place, bytes,
             copies.get());
    });
  then(call.cuEventRecord, slot.uploaded.get(), copies.get());
  slot.isUploading = true;
  then(call.cuStreamWaitEvent, stream, slot.uploaded.get(), 0u);
  return result;
}

Result Inputs::copy(const Program &program, const Regions &regions, int64_t n,
                    int64_t step, StreamHandle stream) const {
  Result result = Success;
  forEachPlace(program, maxBatch, [&](uint32_t index, uint64_t offset) {
    const Buffer &buffer = program.buffers[index];
    size_t bytes = bytesAt(buffer, n);
    if (bytes > 0 && result == Success)
      result = driver->call.cuMemcpyDtoDAsync_v2(
          regions.address(buffer),
          slots[turn].device.get() + uint64_t(step) * stepBytes + offset, bytes,
          stream);
  });
  return result;
}

Result Inputs::release(StreamHandle stream) {
  Slot &slot = slots[turn];
  turn = 1 - turn;
  slot.wasConsumed = true;
  return driver->call.cuEventRecord(slot.consumed.get(), stream);
}

} // namespace dlc::cuda
