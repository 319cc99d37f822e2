// New shapes for the same elements.
#pragma once

#include "dialects/layer/Layer.h"

namespace dlc::layer {

/// `target` with its one -1 replaced so that it has as many elements as
/// `shape`; failure where no number does.
llvm::FailureOr<llvm::SmallVector<int64_t>>
resolveShape(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> target);

/// "(4, -1)"; kDynamic, which stands for the batch, is null.
std::string formatSizes(llvm::ArrayRef<int64_t> sizes);

/// x under the shape of `type`; x itself if it has that.
mlir::Value reshapeTo(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                      mlir::RankedTensorType type);

} // namespace dlc::layer
