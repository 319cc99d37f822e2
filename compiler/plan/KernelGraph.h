// The kernels of a function as tasks, and what ties them.
#pragma once

#include "compiler/plan/TaskGraph.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace dlc::plan {

struct KernelGraph {
  std::vector<mlir::Operation *> kernels; // in program order; views are none
  TaskGraph graph;                        // a task a kernel
};

/// A kernel comes after those whose results it reads, and one that overwrites a
/// state after all that read its old value.
KernelGraph buildKernelGraph(mlir::func::FuncOp func, int64_t batch);

} // namespace dlc::plan
