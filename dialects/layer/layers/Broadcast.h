// numpy's broadcasting and Keras' promotion of element types, for prim values.
#pragma once

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace dlc::layer {

/// The shape of a elementwise b, dimensions aligned at the last one; failure
/// where two differ and neither is 1. The batch (`?`) agrees with itself and
/// with 1, and has to come first.
llvm::FailureOr<llvm::SmallVector<int64_t>>
broadcastShapes(llvm::ArrayRef<int64_t> a, llvm::ArrayRef<int64_t> b);

/// f32 if either is, else another float type if either is one, else i32 if
/// either is, else i1.
mlir::Type promoteElements(mlir::Type a, mlir::Type b);

/// x in another element type (as i1: whether it is not 0); x itself if it has
/// that.
mlir::Value convertTo(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                      mlir::Type element);

/// x repeated to this shape, which broadcastShapes found.
mlir::Value broadcastTo(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                        llvm::ArrayRef<int64_t> shape);

/// x in the element type and repeated to the shape of `type`.
mlir::Value fitTo(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                  mlir::RankedTensorType type);

/// A mask of all but the last dimension repeated over that, too.
///                                                        [n, ...] -> shape
mlir::Value spreadMask(mlir::ImplicitLocOpBuilder &b, mlir::Value mask,
                       llvm::ArrayRef<int64_t> shape);

/// v along dimension `dim` of `like`, repeated over all others.    [c] -> like
mlir::Value broadcastAlong(mlir::ImplicitLocOpBuilder &b, mlir::Value v,
                           mlir::RankedTensorType like, int64_t dim);

} // namespace dlc::layer
