// Functions of one f32 as straight-line arithmetic, which loops vectorise.
#pragma once

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace dlc::emit::host {

/// Each returns a NaN for a NaN and keeps infinities. Within 2 ulp of the exact
/// value, tanh within 3 (test/compiler/emit/host/MathTest.cpp).
mlir::Value buildExp(mlir::ImplicitLocOpBuilder &b, mlir::Value x);
mlir::Value buildExpm1(mlir::ImplicitLocOpBuilder &b, mlir::Value x);
mlir::Value buildLog(mlir::ImplicitLocOpBuilder &b, mlir::Value x);
mlir::Value buildLog1p(mlir::ImplicitLocOpBuilder &b, mlir::Value x);
mlir::Value buildTanh(mlir::ImplicitLocOpBuilder &b, mlir::Value x);
mlir::Value buildErf(mlir::ImplicitLocOpBuilder &b, mlir::Value x);

} // namespace dlc::emit::host
