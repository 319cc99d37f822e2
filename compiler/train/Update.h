// Gradients become new weights: accumulation, clipping, decay, the optimizer's
// own rule, averages.
#pragma once

#include "compiler/train/LossScale.h"

namespace dlc::train {

/// One optimizer step over all trainable weights, in the order of
/// keras/src/optimizers/base_optimizer.py and backend/jax/optimizer.py:
/// unscale, accumulate, clip, decay, update, average, constrain, count. Returns
/// the new values of weights and of the optimizer's variables, or an error
/// where a weight's constraint is unknown. With a `schedule`, which may be
/// null, the learning rate is no state. State names are "optimizer/iteration",
/// "optimizer/learning_rate" and "optimizer/WEIGHT/SLOT"; their places in
/// model.weights.h5 are Keras'. With a `scaling`, which may be null, gradients
/// are those of the scaled loss, and where they are not finite all stays as it
/// was.
llvm::FailureOr<llvm::SmallVector<StepResult>>
buildUpdate(StepFunction &step, layer::OptimizerOpInterface optimizer,
            layer::ScheduleOpInterface schedule, LossScale *scaling,
            llvm::ArrayRef<mlir::BlockArgument> weights,
            llvm::ArrayRef<mlir::Value> gradients);

} // namespace dlc::train
