// What each step of a launch of several left: the losses of its batches.
#include "runtime/cuda/StepResults.h"

#include <algorithm>

namespace dlc::cuda {
namespace {

using artifact::Buffer;
using artifact::Manifest;
using artifact::Port;
using artifact::Program;

bool isScalar(const Buffer &buffer) {
  return std::ranges::all_of(buffer.shape, [](int64_t d) { return d == 1; });
}

/// Calls visit(buffer index, offset of its values) for each output that is
/// kept; returns the bytes of all.
template <typename Visit>
uint64_t forEachKept(const Program &program, int64_t steps, Visit visit) {
  uint64_t offset = 0;
  for (const Port &port : program.outputs) {
    const Buffer &buffer = program.buffers[port.buffer];
    if (!isScalar(buffer))
      continue;
    visit(port.buffer, offset);
    // All values in a row, 16 bytes aligned.
    offset += (uint64_t(steps) * sizeOf(buffer.dtype) + 15) / 16 * 16;
  }
  return offset;
}

} // namespace

uint64_t StepResults::bytesFor(const Manifest &manifest, int64_t steps) {
  uint64_t bytes = 0;
  for (const Program &program : manifest.programs)
    if (steps > 1 && program.device == artifact::onCuda)
      bytes = std::max(bytes,
                       forEachKept(program, steps, [](uint32_t, uint64_t) {}));
  return bytes;
}

Result StepResults::create(const Driver &driver, const Manifest &manifest,
                           int64_t steps, StepResults &results) {
  results = StepResults();
  results.driver = &driver;
  results.room = steps;
  uint64_t bytes = bytesFor(manifest, steps);
  return bytes == 0 ? Success
                    : make(results.memory, driver, &Functions::cuMemAlloc_v2,
                           size_t(bytes));
}

Result StepResults::keep(const Program &program, const Regions &regions,
                         int64_t step, StreamHandle stream) const {
  Result result = Success;
  forEachKept(program, room, [&](uint32_t index, uint64_t offset) {
    const Buffer &buffer = program.buffers[index];
    size_t bytes = sizeOf(buffer.dtype);
    if (result == Success)
      result = driver->call.cuMemcpyDtoDAsync_v2(
          memory.get() + offset + uint64_t(step) * bytes,
          regions.address(buffer), bytes, stream);
  });
  return result;
}

DevicePointer StepResults::find(const Program &program, uint32_t buffer) const {
  DevicePointer found = 0;
  forEachKept(program, room, [&](uint32_t index, uint64_t offset) {
    if (index == buffer)
      found = memory.get() + offset;
  });
  return found;
}

} // namespace dlc::cuda
