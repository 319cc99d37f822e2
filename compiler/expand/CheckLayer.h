// What a layer's config may ask for that no expansion can honour.
#pragma once

#include "mlir/IR/Operation.h"

namespace dlc::expand {

/// An error that names the layer and the key where its config constrains what
/// is no weight of it, or asks for a dtype policy other than float32, or
/// something else that would change its meaning silently, or where a tensor is
/// beyond any memory, a window beyond any use or a size beyond 64-bit
/// arithmetic.
llvm::LogicalResult checkLayer(mlir::Operation *layer);

} // namespace dlc::expand
