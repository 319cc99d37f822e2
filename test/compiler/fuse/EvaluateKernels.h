// A plain interpreter of kernels: what they mean, whatever their loops.
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "test/dialects/prim/evaluate/Array.h"

namespace dlc::test {

/// The results of a function of kernels for a batch of n. Of the library's
/// routines those are known that are named as their prim.
mlir::FailureOr<std::vector<Array>>
evaluateKernels(mlir::func::FuncOp function, llvm::ArrayRef<Array> inputs,
                int64_t n);

} // namespace dlc::test
