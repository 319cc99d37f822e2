// Dropout for layers that drop something inside.
#pragma once

#include "dialects/layer/Layer.h"

namespace dlc::layer {

/// In training the f32 x with a share `rate` (0 to 1) of it zeroed and the rest
/// scaled up; x itself otherwise. `noise` is the shape of the mask: x's, with 1
/// where a dimension shares one number.
mlir::Value buildDropout(mlir::ImplicitLocOpBuilder &b, ExpandContext &ctx,
                         mlir::Value x, double rate,
                         llvm::ArrayRef<int64_t> noise);

} // namespace dlc::layer
