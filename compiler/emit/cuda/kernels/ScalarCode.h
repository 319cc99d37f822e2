// The scalars of a kernel's region as C++, written where a loop needs them.
#pragma once

#include "compiler/emit/cuda/kernels/KernelCode.h"

namespace dlc::emit::cuda {

/// The first op of the region that no function below can write, or null.
mlir::Operation *findUnsupported(kernel::FusedOp kernel);

/// Values of the region that have a name at one depth of the loops; those of
/// the loops around it are seen through `outer`.
class Scope {
public:
  explicit Scope(const Scope *outer = nullptr) : outer(outer) {}
  /// Empty if there is none.
  std::string find(mlir::Value value) const;
  void set(mlir::Value value, std::string code) {
    values[value] = std::move(code);
  }

private:
  const Scope *outer;
  llvm::DenseMap<mlir::Value, std::string> values;
};

/// The C++ of a value of the region, written with all that it needs unless the
/// scope has it. The result of a kernel.reduce must be there; a tensor's
/// element is read at the point.
std::string writeScalar(KernelCode &code, mlir::Value value, const Point &point,
                        Scope &scope);

/// What a fold over nothing gives.
std::string getIdentity(kernel::ReduceOp reduce);

/// One step of a fold.
std::string combine(kernel::ReduceOp reduce, llvm::StringRef accumulator,
                    llvm::StringRef value);

/// The names of the region's ops but for constants: "mulf addf kernel.reduce".
std::string listOps(kernel::FusedOp kernel);

} // namespace dlc::emit::cuda
