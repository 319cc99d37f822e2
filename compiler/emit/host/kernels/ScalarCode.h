// The scalars of a kernel's region, written where a loop needs them.
#pragma once

#include "compiler/emit/host/kernels/KernelCode.h"

namespace dlc::emit::host {

/// Fails with an error that names kernel, layers and op if the region holds
/// what no function below can write.
llvm::LogicalResult verifyScalars(kernel::FusedOp kernel);

/// Values of the region that were written at one depth of the loops; those of
/// the loops around it are seen through `outer`.
class Scope {
public:
  explicit Scope(const Scope *outer = nullptr) : outer(outer) {}
  mlir::Value find(mlir::Value value) const;
  void set(mlir::Value value, mlir::Value code) { values[value] = code; }

private:
  const Scope *outer;
  llvm::DenseMap<mlir::Value, mlir::Value> values;
};

/// The code of a value of the region at a point, written with all that it needs
/// unless the scope has it. The result of a kernel.reduce must be there.
mlir::Value writeScalar(KernelCode &code, mlir::Value value, const Point &point,
                        Scope &scope);

/// What a fold over nothing gives.
mlir::Value writeIdentity(KernelCode &code, kernel::ReduceOp reduce);

/// One step of a fold. Float sums and products may be taken in any order.
mlir::Value writeCombine(KernelCode &code, kernel::ReduceOp reduce,
                         mlir::Value accumulator, mlir::Value value);

/// What a kernel yields as its output number `index`.
struct Output {
  unsigned index;
  mlir::Value value;
};

/// Writes the outputs' values and then stores them all, since one may lie over
/// an input that another reads.
void writeOutputs(KernelCode &code, llvm::ArrayRef<Output> outputs,
                  const Point &point, Scope &scope);

} // namespace dlc::emit::host
