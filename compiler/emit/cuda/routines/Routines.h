// The CUDA C++ of library routines.
#pragma once

#include "compiler/emit/cuda/KernelText.h"
#include "dialects/kernel/Kernel.h"

namespace dlc::emit::cuda {

/// The text of a kernel.library, which calls a routine of runtime/host/library,
/// or of a kernel.chain. It is made for its shapes and configuration; batches
/// of 1 to `maxBatch` run with it. The same op gives the same text. An error
/// names the kernel: an unknown routine, a configuration that the routine does
/// not know, shapes that do not fit it.
Expected<KernelText> emitRoutine(mlir::Operation *op, int64_t maxBatch);

} // namespace dlc::emit::cuda
