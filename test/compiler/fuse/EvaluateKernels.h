// A plain interpreter of kernels: what they mean, whatever their loops.
#pragma once

#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "test/dialects/prim/evaluate/Array.h"

#include <functional>

namespace dlc::test {

/// What a library call gives for a batch of n.
using RunLibrary = std::function<mlir::FailureOr<Array>(
    kernel::LibraryOp, llvm::ArrayRef<Array>, int64_t n)>;

/// The prim of the routine's name, then bias and relu; of the library's
/// routines those are known that are named as their prim.
mlir::FailureOr<Array> runPrim(kernel::LibraryOp call,
                               llvm::ArrayRef<Array> inputs, int64_t n);

/// The results of a function of kernels for a batch of n.
mlir::FailureOr<std::vector<Array>>
evaluateKernels(mlir::func::FuncOp function, llvm::ArrayRef<Array> inputs,
                int64_t n, const RunLibrary &runLibrary = runPrim);

} // namespace dlc::test
