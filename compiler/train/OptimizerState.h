// What an optimizer keeps from step to step, in Keras' order.
#pragma once

#include "compiler/train/StepFunction.h"
#include "dialects/layer/Layer.h"

namespace dlc::train {

/// One variable of an optimizer: a state of the step.
struct OptimizerVariable {
  llvm::StringRef name; // "optimizer/fc/kernel/momentum"
  mlir::Value value;
};

/// The variables of an optimizer as arguments of the step. They are made in the
/// order in which Keras saves them (base_optimizer.py, and each optimizer's
/// build): the iteration, the learning rate unless a schedule gives it, the
/// averages of all weights, their sums of gradients, then the optimizer's own,
/// block by block, weight by weight. Their places in the file count from
/// `firstPlace`: a wrapper's variables stand before them.
struct OptimizerState {
  OptimizerState(StepFunction &step, layer::OptimizerOpInterface optimizer,
                 llvm::ArrayRef<mlir::BlockArgument> weights, bool hasSchedule,
                 unsigned firstPlace);

  OptimizerVariable iteration;
  OptimizerVariable rate; // no value with a schedule
  /// One a weight; none without `use_ema`.
  llvm::SmallVector<OptimizerVariable> averages;
  /// One a weight; none without `gradient_accumulation_steps`.
  llvm::SmallVector<OptimizerVariable> accumulators;
  /// Those of a weight, in the order of slotBlocks.
  llvm::SmallVector<llvm::SmallVector<OptimizerVariable>> slots;
};

/// The optimizer's count of steps, which is the first variable that is its own.
OptimizerVariable makeIteration(StepFunction &step, unsigned firstPlace);

/// Whether the optimizer keeps an average of every weight.
bool keepsAverages(mlir::Operation *optimizer);

/// How many batches an update takes; 1 where it is not said.
int64_t countAccumulated(mlir::Operation *optimizer);

} // namespace dlc::train
