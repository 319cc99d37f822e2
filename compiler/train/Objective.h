// What training minimises, and the running means shown beside it.
#pragma once

#include "compiler/train/StepFunction.h"
#include "dialects/layer/Layer.h"

namespace dlc::train {

/// The loss of one model output, not yet multiplied by its weight.
struct OutputLoss {
  llvm::StringRef output;
  mlir::Value value;
};

/// The loss of a batch and what it is made of.
struct Objective {
  /// f32 []: weighted losses of the outputs plus those of layers.
  mlir::Value total;
  llvm::SmallVector<OutputLoss> outputs;
  /// Target arguments by model output.
  llvm::StringMap<mlir::Value> targets;
  /// f32, arguments by model output: a weight for each of its losses.
  llvm::StringMap<mlir::Value> weights;
};

/// Adds targets and weights as arguments, and the loss at the end of the
/// function. An error names a loss whose output does not exist.
llvm::FailureOr<Objective> buildObjective(StepFunction &step,
                                          layer::CompileOp compile);

/// The output that a loss or metric names; without a name, the only one there
/// is. An error lists the outputs.
llvm::FailureOr<StepResult> findOutput(mlir::Operation *op,
                                       llvm::StringRef name,
                                       llvm::ArrayRef<StepResult> outputs);
/// The mask of an output, or null.
mlir::Value findMask(StepFunction &step, llvm::StringRef output);
/// w[i] for every number of sample i, or w[i, j] for those of step j.
///                                             [n, ...] -> [n, ..., ...]
mlir::Value spreadWeight(mlir::ImplicitLocOpBuilder &b, mlir::Value weight,
                         mlir::RankedTensorType type);
/// What stands for a loss or metric of an output where code is traced back.
mlir::Location nameObject(mlir::Operation *op, llvm::StringRef output);

/// Adds the sums of this batch to the metric states: the loss weighted by the
/// number of samples, every mean by its number of values or, if it is one of
/// the weighted ones, by the samples' weights, and with several outputs each
/// one's loss (keras/src/trainers/compile_utils.py).
llvm::FailureOr<llvm::SmallVector<StepResult>>
buildMetrics(StepFunction &step, layer::CompileOp compile,
             const Objective &objective);

} // namespace dlc::train
