// The code of a module's kernels in units, each shared by kernels that are
// alike.
#pragma once

#include "dialects/kernel/Kernel.h"
#include "mlir/IR/BuiltinOps.h"

namespace dlc::emit::host {

/// The functions of one kernel in MLIR. They carry the first user's name; the
/// symbols of the others are to be aliases.
struct KernelUnit {
  mlir::OwningOpRef<mlir::ModuleOp> code;
  /// Kernels whose code is the same but for the name, in program order.
  llvm::SmallVector<kernel::FusedOp> users;
};

/// Writes every kernel.fused of a scheduled module. Blocks of a network repeat,
/// and so do their kernels: a residual network has a tenth as many units. Fails
/// with an error at a kernel that has no schedule or holds what no code can be
/// written for.
llvm::FailureOr<std::vector<KernelUnit>> writeUnits(mlir::ModuleOp module);

} // namespace dlc::emit::host
