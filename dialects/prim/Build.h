// Short names for the few compositions of prims that everyone writes.
#pragma once

#include "dialects/prim/Prim.h"

namespace dlc::prim {

/// f32 [] of this value.
inline mlir::Value buildScalar(mlir::ImplicitLocOpBuilder &b, double value) {
  auto type = mlir::RankedTensorType::get({}, b.getF32Type());
  return ConstantOp::create(b, type, value);
}

/// A tensor of `like`'s type with this value in every element.
inline mlir::Value buildSplat(mlir::ImplicitLocOpBuilder &b, mlir::Type like,
                              double value) {
  return ConstantOp::create(b, like, value);
}

/// A scalar in every element of a tensor of this type.
inline mlir::Value buildBroadcast(mlir::ImplicitLocOpBuilder &b,
                                  mlir::Value scalar, mlir::Type type) {
  auto tensor = llvm::cast<mlir::RankedTensorType>(type);
  if (tensor.getRank() == 0)
    return scalar;
  auto all = llvm::to_vector(llvm::seq<int64_t>(0, tensor.getRank()));
  return BroadcastOp::create(b, type, scalar, all);
}

/// The sum of all elements, as a scalar.
inline mlir::Value buildSumAll(mlir::ImplicitLocOpBuilder &b, mlir::Value x) {
  auto type = llvm::cast<mlir::RankedTensorType>(x.getType());
  if (type.getRank() == 0)
    return x;
  auto all = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  return ReduceSumOp::create(b, x, all);
}

/// The number of elements of a tensor of this type, as an f32 scalar: exact up
/// to 2^24, and rounded once beyond.
inline mlir::Value buildCount(mlir::ImplicitLocOpBuilder &b,
                              mlir::RankedTensorType type) {
  int64_t fixed = 1;
  bool timesBatch = false;
  for (int64_t size : type.getShape())
    if (mlir::ShapedType::isDynamic(size))
      timesBatch = true;
    else
      fixed *= size;
  mlir::Value count = buildScalar(b, double(fixed));
  return timesBatch
             ? MulOp::create(b, count, BatchSizeOp::create(b)).getResult()
             : count;
}

} // namespace dlc::prim
