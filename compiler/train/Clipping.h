// Gradients within bounds.
#pragma once

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace dlc::train {

/// Clips in the one way that the optimizer's config asks for, if it does:
/// `clipnorm`, `global_clipnorm` or `clipvalue`
/// (keras/src/optimizers/base_optimizer.py).
void clipGradients(mlir::ImplicitLocOpBuilder &b, mlir::Operation *optimizer,
                   llvm::MutableArrayRef<mlir::Value> gradients);

} // namespace dlc::train
