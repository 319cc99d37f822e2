// The kernel dialect: fused loop nests, the only level that the emitters read.
#pragma once

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/kernel/KernelDialect.h.inc"
#include "dialects/kernel/KernelEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/kernel/KernelAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialects/kernel/KernelOps.h.inc"

namespace dlc::kernel {

/// An identity map without some of its results: (i, j) -> (i) for dims [1].
mlir::AffineMap dropDims(mlir::AffineMap identity,
                         llvm::ArrayRef<int64_t> dims);

/// Bytes of an element in memory: a truth value takes one.
int64_t countElementBytes(mlir::Type element);

/// How loops over a space of this rank that fold away the `reduced` dims (in
/// rising order) walk it.
Pattern choosePattern(int64_t rank, llvm::ArrayRef<int64_t> reduced);

/// The values that an affine expression takes over a box, both ends included.
struct Range {
  int64_t low, high;
};

/// The range of `expr` over `space`, or nothing if it has a term that is not a
/// dim, a constant, a sum or a dim times a positive number, or if it depends on
/// a dim whose trip count is kDynamic.
std::optional<Range> findRange(mlir::AffineExpr expr,
                               llvm::ArrayRef<int64_t> space);

} // namespace dlc::kernel
