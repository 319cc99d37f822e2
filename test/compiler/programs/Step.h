// Whole steps of a compiled model on ptx-sim.
#pragma once

#include "runtime/artifact/Artifact.h"
#include "runtime/cuda/Executor.h"
#include "tools/ptx-sim/driver/PtxSim.h"

#include <cstring>

namespace dlc::test {

/// One step on inputs of zeros.
inline Expected<void> step(Device &device, const artifact::Program &program,
                           size_t index, int64_t n) {
  for (const artifact::Port &port : program.inputs) {
    const artifact::Buffer &buffer = program.buffers[port.buffer];
    auto staged = device.stageInput(index, port.buffer, 0);
    if (!staged)
      return Unexpected(staged.error());
    std::memset(*staged, 0,
                size_t(countElements(buffer.shape, n)) * sizeOf(buffer.dtype));
  }
  if (auto ran = device.run(index, n, 1); !ran)
    return ran;
  return device.finish();
}

} // namespace dlc::test
