// What passes over kernels share: names, locations, which may move.
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/SetVector.h"

namespace dlc::fuse {

/// The layers named by these locations, each once, in this order; `otherwise`
/// if there are none.
mlir::Location joinLocations(llvm::ArrayRef<mlir::Location> locations,
                             mlir::Location otherwise);

/// Whether a value is the new one of a state.
bool becomesState(mlir::Value value);

/// Whether `value` can be there before `front`, and in `movers`, in order, the
/// kernels that must go there for it. These may only make tensors of less than
/// `rank` dims, and no state's new value: it is written after all others have
/// read the old one.
bool collectMovers(mlir::Value value, mlir::Operation *front, int64_t rank,
                   llvm::SetVector<mlir::Operation *> &movers);

/// Names fused and library kernels, groups and chains <function>_k<i> in their
/// order, and the members of groups <group>_<j>.
void nameKernels(mlir::func::FuncOp func);

} // namespace dlc::fuse
