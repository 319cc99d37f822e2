// A step function under construction: arguments and results by their role.
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace dlc::train {

/// One result of a step function and the attribute that says what it is:
/// "dlc.output", "dlc.state" or "dlc.loss", with a name.
struct StepResult {
  llvm::StringRef role;
  llvm::StringRef name;
  mlir::Value value;
};

/// Wraps a func.func made by expand-layers. Reads what its arguments and
/// results are, adds arguments, and replaces the results at the end.
class StepFunction {
public:
  explicit StepFunction(mlir::func::FuncOp func);

  mlir::func::FuncOp func;
  /// Builds in front of the return.
  mlir::ImplicitLocOpBuilder b;

  /// The results of one role, in order.
  llvm::SmallVector<StepResult> results(llvm::StringRef role);

  /// Arguments that the optimizer may change, in the order of the layers.
  llvm::SmallVector<mlir::BlockArgument> trainable();
  /// f32 inputs of the model.
  llvm::SmallVector<mlir::BlockArgument> inputs();
  /// The name in an argument's `role` attribute; empty if it has none.
  llvm::StringRef name(mlir::BlockArgument argument, llvm::StringRef role);

  /// The state of this name: the argument that holds it, made if there is none.
  /// `kind` is "optimizer", "metric" or "control", `initial` its first value,
  /// `h5` its dataset in model.weights.h5 (empty: not saved).
  mlir::Value state(llvm::StringRef name, mlir::RankedTensorType type,
                    llvm::StringRef kind, double initial = 0,
                    llvm::StringRef h5 = "");

  mlir::Value addArgument(llvm::StringRef role, llvm::StringRef name,
                          mlir::Type type);
  void setArgumentAttr(mlir::Value argument, llvm::StringRef key,
                       mlir::Attribute value);

  /// What the function returns from now on.
  void setResults(llvm::ArrayRef<StepResult> results);
};

} // namespace dlc::train
