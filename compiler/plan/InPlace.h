// Whether a kernel may write a result over something that it reads.
#pragma once

#include "dialects/kernel/Kernel.h"

namespace dlc::plan {

/// Whether a launch may write `result` where `storage` lies, which nothing
/// reads later; it is the launch of a kernel.fused, kernel.group or
/// kernel.chain. Both emitters read every element of a point in each walk
/// before they write at that point in the last one, and write per row when all
/// walks over the row are done; so it may if it reads `storage` only at the
/// map, and as the type, that it writes the result with, and if nothing per
/// element is written before an output per row. Members of a group run side by
/// side: only the one that writes may read; a chain may only write what it
/// makes of its sums.
bool mayOverwrite(mlir::OpResult result, mlir::Value storage);

/// Storages that a launch reads and may write this result over once nothing
/// reads them later, in the order of its operands.
llvm::SmallVector<mlir::Value> findOverwritable(mlir::OpResult result);

} // namespace dlc::plan
