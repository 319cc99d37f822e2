// The dimensions of a "dot": which of its operands' are what in one (batched)
// product of matrices.
#pragma once

#include "compiler/emit/cuda/routines/RoutineCall.h"

namespace dlc::emit::cuda::routines {

/// As positions in the operands' shapes, and what follows the product.
struct DotDims {
  llvm::SmallVector<int64_t> lhsBatch, rhsBatch, lhsContract, rhsContract;
  llvm::SmallVector<int64_t> lhsFree = {}, rhsFree = {};
  bool bias = false, relu = false;

  /// Whether the bias is a number for each column of the product, as it is not
  /// where the last dimension of the result is one of several of rhs.
  bool biasAlongColumns(const RoutineCall &call) const;
};

/// Contracted dimensions come in the order in which lhs has them.
Expected<DotDims> readDotDims(RoutineCall &call);

llvm::SmallVector<int64_t> sizesOf(const Array &array,
                                   llvm::ArrayRef<int64_t> dims);
Axes axesOf(const Array &array, llvm::ArrayRef<int64_t> dims);
/// The last dimension of the result.
Count lastDim(const RoutineCall &call);

} // namespace dlc::emit::cuda::routines
