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
  /// f32 [n], the weight of each sample.
  mlir::Value sampleWeight;
};

/// Adds targets and sample weights as arguments, and the loss at the end of the
/// function. An error names a loss whose output does not exist.
llvm::FailureOr<Objective> buildObjective(StepFunction &step,
                                          layer::CompileOp compile);

/// Adds the sums of this batch to the metric states: the loss weighted by the
/// number of samples, every metric by its number of values or, if it is one of
/// the weighted ones, by the samples' weights, and with several outputs each one's loss (keras/src/trainers/compile_utils.py).
llvm::FailureOr<llvm::SmallVector<StepResult>>
buildMetrics(StepFunction &step, layer::CompileOp compile,
             const Objective &objective);

} // namespace dlc::train
