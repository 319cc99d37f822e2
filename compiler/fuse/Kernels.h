// Names and locations of kernels.
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace dlc::fuse {

/// The layers named by these locations, each once, in this order; `otherwise`
/// if there are none.
mlir::Location joinLocations(llvm::ArrayRef<mlir::Location> locations,
                             mlir::Location otherwise);

/// Names the fused and library kernels and the groups <function>_k<i> in their
/// order, and the members of groups <group>_<j>.
void nameKernels(mlir::func::FuncOp func);

} // namespace dlc::fuse
