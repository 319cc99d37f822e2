// How long kernels take, by one formula that all decisions of fusion share.
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace dlc::fuse {

/// What a target's kernels cost.
struct Machine {
  double bytesPerSecond;
  /// Between the starts of two kernels that wait for each other.
  double launchSeconds;
  /// The samples of a batch to reckon with: choices do not depend on the actual
  /// one.
  int64_t batch;
};

/// Bytes of a tensor in memory, for a batch of so many samples.
double countBytes(mlir::Type tensor, int64_t batch);

/// Seconds for a kernel that reads `inputs`, each once, and writes `outputs`.
double predictTime(llvm::ArrayRef<mlir::Value> inputs,
                   llvm::ArrayRef<mlir::Value> outputs, const Machine &machine);

/// Seconds for all kernels of a function whose prims are fused.
double predictTime(mlir::func::FuncOp function, const Machine &machine);

} // namespace dlc::fuse
