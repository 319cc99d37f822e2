// How much a launch computes.
#pragma once

#include "mlir/IR/Operation.h"

namespace dlc::kernel {

/// Floating-point operations of a fused kernel, a group, a library call or a
/// chain, for a batch of n samples: of a loop nest each op of its region at
/// each point, whatever the op.
double countFlops(mlir::Operation *launch, int64_t n);

} // namespace dlc::kernel
