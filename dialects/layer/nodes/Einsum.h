// numpy's einsum, for the function and for the layer.
#pragma once

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace dlc::layer {

/// The shape of the result for operands of these shapes; failure where the
/// subscripts are none, or where they do not fit.
llvm::FailureOr<llvm::SmallVector<int64_t>>
inferEinsum(llvm::StringRef subscripts,
            llvm::ArrayRef<llvm::ArrayRef<int64_t>> shapes);

/// The f32 result for f32 operands that inferEinsum accepted. The batch is the
/// result's first dimension, if there is one.
mlir::Value buildEinsum(mlir::ImplicitLocOpBuilder &b,
                        llvm::StringRef subscripts, mlir::ValueRange xs);

} // namespace dlc::layer
