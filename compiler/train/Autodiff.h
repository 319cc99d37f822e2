// Reverse-mode differentiation of straight-line prim code.
#pragma once

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace dlc::train {

/// d loss / d w for every w of `wrt`, built at the end of the loss's block. A
/// w on which the loss does not depend has a gradient of zeros. An error names
/// the first op on the way that has no gradient.
llvm::FailureOr<llvm::SmallVector<mlir::Value>>
differentiate(mlir::Value loss, mlir::ValueRange wrt,
              mlir::ImplicitLocOpBuilder &b);

} // namespace dlc::train
