// The prims that are no loop nest of scalars, each in plain loops.
#pragma once

#include "mlir/IR/Operation.h"
#include "test/dialects/prim/evaluate/Array.h"

namespace dlc::test {

/// The result of dot, a convolution, a pool, pad, concat or reshape, of the
/// given shape; an error on any other op.
mlir::FailureOr<Array> evaluateLibrary(mlir::Operation *op,
                                       llvm::ArrayRef<Array> operands,
                                       std::vector<int64_t> shape);

} // namespace dlc::test
