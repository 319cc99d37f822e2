// Writes the loop nest of one group of prims as one kernel.
#pragma once

#include "compiler/fuse/Group.h"

namespace dlc::fuse {

/// Pulls scalars from the outputs backwards: a tensor at a map becomes a
/// scalar, and what the group does not compute becomes an input.
class FusedKernelBuilder {
public:
  explicit FusedKernelBuilder(const Group &group);

  /// The kernel, in the root's place; the members are still there.
  kernel::FusedOp build();

private:
  friend class PointScope;

  mlir::Value read(mlir::Value value, mlir::AffineMap at);
  mlir::Value compute(prim::LoopOpInterface op, mlir::AffineMap at);
  mlir::Value addInput(mlir::Value value, mlir::AffineMap at);
  mlir::Value buildIndex(mlir::AffineExpr expr);
  mlir::Location fuseLocations() const;

  const Group &group;
  mlir::Region region;
  mlir::ImplicitLocOpBuilder b;
  llvm::SmallVector<mlir::Value> inputs;
  llvm::SmallVector<mlir::AffineMap> maps;
  llvm::DenseMap<std::pair<mlir::Value, mlir::AffineMap>, mlir::Value> scalars;
};

} // namespace dlc::fuse
