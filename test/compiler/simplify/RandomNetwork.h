// Random networks of contractions and what layers put behind them, for the
// passes that look for such chains.
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace dlc::test {

/// A module with one function: convolutions and dots, each with some of bias,
/// pad, transposes, normalisation by the batch or by given numbers, and
/// activation behind it. The same seed gives the same function.
mlir::OwningOpRef<mlir::ModuleOp> buildRandomNetwork(mlir::MLIRContext &context,
                                                     unsigned seed);

} // namespace dlc::test
