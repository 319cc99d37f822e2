// Parts of a tensor along one dimension.
#pragma once

#include "dialects/prim/Prim.h"

namespace dlc::layer {

/// `count` elements of dimension `dim` from `start` on.
mlir::Value takePart(mlir::ImplicitLocOpBuilder &b, mlir::Value x, int64_t dim,
                     int64_t start, int64_t count);

} // namespace dlc::layer
