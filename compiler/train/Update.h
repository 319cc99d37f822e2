// Gradients become new weights: clipping, decay, the optimizer's own rule.
#pragma once

#include "compiler/train/StepFunction.h"
#include "dialects/layer/Layer.h"

namespace dlc::train {

/// One optimizer step over all trainable weights, in the order of
/// keras/src/optimizers/base_optimizer.py: clip, decay, update, constrain,
/// count. Returns the new values of weights, slots and the iteration counter,
/// or an error where a weight's constraint is unknown. State names are
/// "optimizer/iteration", "optimizer/learning_rate" and
/// "optimizer/WEIGHT/SLOT"; their places in model.weights.h5 are Keras'.
llvm::FailureOr<llvm::SmallVector<StepResult>>
buildUpdate(StepFunction &step, layer::OptimizerOpInterface optimizer,
            llvm::ArrayRef<mlir::BlockArgument> weights,
            llvm::ArrayRef<mlir::Value> gradients);

} // namespace dlc::train
