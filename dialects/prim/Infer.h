// Shape rules that a family shares: called to infer, hence also to verify.
#pragma once

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Location.h"
#include "mlir/IR/ValueRange.h"
#include <optional>

namespace dlc::prim {

/// All operands have one type, which is the result's.
llvm::LogicalResult inferElementwise(std::optional<mlir::Location> loc,
                                     llvm::StringRef op,
                                     mlir::ValueRange operands,
                                     llvm::SmallVectorImpl<mlir::Type> &types);

/// `dims` name dimensions of x in rising order; the result lacks them.
llvm::LogicalResult inferReduction(std::optional<mlir::Location> loc,
                                   llvm::StringRef op, mlir::Value x,
                                   llvm::ArrayRef<int64_t> dims,
                                   llvm::SmallVectorImpl<mlir::Type> &types);

/// Dimensions of a shape of this rank must be in range and in rising order.
llvm::LogicalResult verifyDims(std::optional<mlir::Location> loc,
                               llvm::StringRef op, llvm::ArrayRef<int64_t> dims,
                               int64_t rank);

/// One dimension of a shape of this rank must be in range.
llvm::LogicalResult verifyDim(std::optional<mlir::Location> loc,
                              llvm::StringRef op, int64_t dim, int64_t rank);

/// The list attribute `name` must have `count` numbers, none below `least`.
llvm::LogicalResult verifyNumbers(std::optional<mlir::Location> loc,
                                  llvm::StringRef op, llvm::StringRef name,
                                  llvm::ArrayRef<int64_t> numbers, size_t count,
                                  int64_t least);

/// The type of x without the dimensions `dims`.
mlir::RankedTensorType dropDims(mlir::RankedTensorType type,
                                llvm::ArrayRef<int64_t> dims);

/// The number of elements for a batch of n: every `?` counts n.
double countElements(llvm::ArrayRef<int64_t> shape, int64_t n);

} // namespace dlc::prim
