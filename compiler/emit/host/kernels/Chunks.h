// A reduction in chunks: who folds what, and where the partial results lie.
#pragma once

#include "compiler/emit/host/kernels/KernelCode.h"

namespace dlc::emit::host {

/// Iterations of a loop that a chunk takes: [c * trips / chunks,
/// (c + 1) * trips / chunks), which depends on nothing but the kernel and n.
KernelCode::Bounds writeChunkBounds(KernelCode &code, const kernel::Loop &loop,
                                    mlir::Value chunk);

/// Partial results of reduction number `reduce` in the scratch buffer:
/// scratch[chunk][reduce][inner], four bytes each.
mlir::Value locatePartials(KernelCode &code, mlir::Value chunk, unsigned reduce,
                           unsigned reduces, int64_t inner);

} // namespace dlc::emit::host
