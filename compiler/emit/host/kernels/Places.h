// Which buffers of a kernel lie in one place.
#pragma once

#include "dialects/kernel/Kernel.h"

namespace dlc::emit::host {

/// Buffers (inputs, then outputs) by the place that the plan gave them. Those
/// without a place are by themselves.
struct BufferGroups {
  llvm::SmallVector<unsigned> groupOfBuffer;
  llvm::SmallVector<unsigned> firstOfGroup;
};

BufferGroups groupBuffers(kernel::FusedOp kernel);

} // namespace dlc::emit::host
