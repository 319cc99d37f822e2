// How much a launch computes.
#pragma once

#include "mlir/IR/Operation.h"

namespace dlc::kernel {

/// Floating-point operations of a fused kernel, a group, a library call or a
/// chain, for a batch of n samples: of a loop nest each op of its region at
/// each point, whatever the op.
double countFlops(mlir::Operation *launch, int64_t n);

/// The float32 operations outside tensor cores that take as long: what a
/// contraction computes in tf32 counts an eighth, in tf32x3 three eighths, in
/// halves a sixteenth (an A100's rates: NVIDIA A100 Tensor Core GPU
/// Architecture, 2020, table 1). The same as countFlops on a host, where no
/// call says a precision.
double countScalarFlops(mlir::Operation *launch, int64_t n);

} // namespace dlc::kernel
