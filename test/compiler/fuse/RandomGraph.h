// Random functions of prims for fusion to prove itself on.
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <random>

namespace dlc::test {

/// A module with one function of about `size` prims of all families that fusion
/// treats differently. The same seed gives the same function.
mlir::OwningOpRef<mlir::ModuleOp>
buildRandomGraph(mlir::MLIRContext &context, unsigned seed, unsigned size);

} // namespace dlc::test
