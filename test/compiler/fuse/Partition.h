// The best partition of a small function into kernels, by trying all of them.
#pragma once

#include "compiler/fuse/Cost.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace dlc::test {

/// The prims of a function that are kernels if nothing is fused.
size_t countNodes(mlir::func::FuncOp function);

/// The least time that the kernels of `function`, whose prims are not fused
/// yet, can take if each prim is computed by one kernel only. All partitions
/// are tried whose kernels can be put in an order, so there may be at most 12
/// nodes.
double findLeastTime(mlir::func::FuncOp function, const fuse::Machine &machine);

} // namespace dlc::test
