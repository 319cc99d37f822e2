// The CUDA C++ of fused loop nests.
#pragma once

#include "compiler/emit/cuda/KernelText.h"
#include "dialects/kernel/Kernel.h"

namespace dlc::emit::cuda {

/// The text of one kernel.fused; batches of 1 to `maxBatch` run with it. The
/// same op at the same places gives the same text. An error names the kernel:
/// an op that has no CUDA code, a tensor with the batch inside.
Expected<KernelText> emitFused(kernel::FusedOp kernel, int64_t maxBatch);

/// The text of one kernel.group: a block finds its member by its number, and
/// members with one text share it.
Expected<KernelText> emitGroup(kernel::GroupOp group, int64_t maxBatch);

/// What the texts of fused kernels rest on; stands before them.
llvm::StringRef getPrelude();

} // namespace dlc::emit::cuda
