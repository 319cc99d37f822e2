// What convolutions and pools share: windows over the middle of [n, h, w, c].
#pragma once

#include "dialects/prim/Prim.h"

namespace dlc::prim {

/// x must be [n, h, w, c] with only n unknown.
llvm::LogicalResult verifyImages(std::optional<mlir::Location> loc,
                                 llvm::StringRef op, llvm::StringRef name,
                                 mlir::RankedTensorType x);

/// The sizes [oh, ow] of the windows' grid over [h, w], or an error where not
/// even one window fits. `padding` is [top, bottom, left, right].
mlir::FailureOr<std::array<int64_t, 2>>
inferGrid(std::optional<mlir::Location> loc, llvm::StringRef op,
          mlir::RankedTensorType x, llvm::ArrayRef<int64_t> window,
          llvm::ArrayRef<int64_t> strides, llvm::ArrayRef<int64_t> padding,
          llvm::ArrayRef<int64_t> dilation);

/// An operand or result that belongs to `expected`, which the others imply.
llvm::LogicalResult verifyImplied(std::optional<mlir::Location> loc,
                                  llvm::StringRef op, llvm::StringRef name,
                                  mlir::Type type, mlir::Type expected);

/// [top, bottom, left, right] as the library's [[top, bottom], [left, right]].
mlir::NamedAttribute getPaddingConfig(mlir::MLIRContext *context,
                                      llvm::ArrayRef<int64_t> padding);

} // namespace dlc::prim
