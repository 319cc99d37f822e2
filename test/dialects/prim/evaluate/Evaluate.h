// A plain interpreter of prim: the oracle for gradients and for fused kernels.
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "test/dialects/prim/evaluate/Array.h"
#include "test/dialects/prim/evaluate/Scalar.h"

namespace dlc::test {

/// The results of a function of prims for a batch of n. Loop nests run through
/// their own getSpace, getOperandMap and buildScalar, so that these are what is
/// tested; composites through decompose.
mlir::FailureOr<std::vector<Array>>
evaluate(mlir::func::FuncOp function, llvm::ArrayRef<Array> inputs, int64_t n,
         Precision precision = Precision::Float);

/// The shape of a tensor type for a batch of n.
std::vector<int64_t> getShape(mlir::Type type, int64_t n);

} // namespace dlc::test
