// Whether launches that may run side by side leave each other's bytes alone.
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace dlc::plan {

/// Of a planned function: every two launches that no stream and no wait puts in
/// an order must not meet where one of them writes, nor share counters. Emits
/// an error at the first that do.
llvm::LogicalResult checkStreams(mlir::func::FuncOp func);

} // namespace dlc::plan
