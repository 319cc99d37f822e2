// From loops and scalars in MLIR to LLVM IR.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/Module.h"

#include <memory>

namespace dlc::emit::host {

/// Makes a context know the dialects that kernels are written in.
void loadDialects(mlir::MLIRContext &context);

/// Lowers a module of llvm.func with scf, arith and math in them, in place, and
/// translates it. Null with an error emitted if an op has no translation.
std::unique_ptr<llvm::Module> translateToLlvm(mlir::ModuleOp module,
                                              llvm::LLVMContext &context);

} // namespace dlc::emit::host
