// Dynamic loss scaling, as keras/src/optimizers/loss_scale_optimizer.py has it.
#pragma once

#include "compiler/train/StepFunction.h"
#include "dialects/layer/Layer.h"

namespace dlc::train {

/// The scale and its counter as states of the step: nothing of it is decided
/// outside of the device.
class LossScale {
public:
  /// The states, before those of the optimizer that Keras wraps: they are the
  /// first of the file. `scaling` is not null.
  LossScale(StepFunction &step, layer::LossScaleOptimizerOp scaling);

  /// loss * scale
  mlir::Value scale(mlir::Value loss);

  /// Sees whether all gradients are finite and divides them by the scale. To be
  /// called once, before `keep` and `results`.
  void unscale(llvm::MutableArrayRef<mlir::Value> gradients);

  /// `now` in a step with finite gradients, else `before`.
  mlir::Value keep(mlir::Value now, mlir::Value before);

  /// The counter's and the scale's next values.
  llvm::SmallVector<StepResult> results();

  /// How many variables of Keras' stand in front of the wrapped optimizer's.
  static constexpr unsigned variables = 4;

private:
  mlir::ImplicitLocOpBuilder &b;
  int64_t growthSteps;
  mlir::Value counter, current, finite;
};

} // namespace dlc::train
