// A function of the expanded model under construction: arguments by their role
// as layers ask for them, results at the end.
#pragma once

#include "dialects/layer/Layer.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"

namespace dlc::expand {

/// A weight in the file: where it is, whether the optimizer may change it, and
/// what it then has to obey.
struct StatePlace {
  std::string name;
  std::string h5;
  bool trainable = false;
  mlir::Attribute constraint = {};
};

/// Builds @predict or @forward. The function is not in a module yet.
class FunctionBuilder {
public:
  FunctionBuilder(mlir::Location loc, llvm::StringRef name);

  mlir::func::FuncOp func;
  mlir::ImplicitLocOpBuilder b;

  mlir::Value input(llvm::StringRef name, mlir::RankedTensorType type);

  /// The state's value at this point: the argument that holds it, made if there
  /// is none, or what it was updated to.
  mlir::Value state(const StatePlace &place, mlir::RankedTensorType type);
  /// The type of a state; null if there is none of that name.
  mlir::Type findType(llvm::StringRef state) const;
  /// Says that the file has the state at this path, too.
  void addCopy(llvm::StringRef state, llvm::StringRef h5);
  bool hasState(llvm::StringRef name) const { return states.contains(name); }

  /// A tensor of numbers that the model holds, in row-major order: what the
  /// runtime keeps for it where they differ.
  mlir::Value constant(mlir::RankedTensorType type,
                       llvm::ArrayRef<double> numbers);

  void update(llvm::StringRef state, mlir::Value value);
  void addLoss(llvm::StringRef name, mlir::Value loss);
  mlir::Value randomUniform(mlir::RankedTensorType type);

  /// Ends the function: outputs, the masks of those that have one, new values
  /// of states if they are asked for, losses.
  void finish(llvm::ArrayRef<std::string> names, mlir::ValueRange outputs,
              llvm::ArrayRef<mlir::Value> masks, bool withUpdates);

private:
  mlir::Value addArgument(mlir::Type type, llvm::StringRef role,
                          llvm::StringRef name);
  /// The i32 scalars that random numbers are keyed by.
  mlir::Value key(llvm::StringRef name);

  llvm::StringMap<mlir::Value> states;
  llvm::MapVector<mlir::StringAttr, mlir::Value> updates;
  llvm::SmallVector<std::pair<mlir::StringAttr, mlir::Value>> losses;
  int64_t streams = 0, constants = 0;
};

} // namespace dlc::expand
