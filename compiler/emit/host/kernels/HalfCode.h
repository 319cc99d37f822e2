// Floats of two bytes as their bits, in integer arithmetic that loops vectorise
// on every level of x86-64: no CPU has to convert, and all agree in every bit.
#pragma once

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace dlc::emit::host {

/// The f32 that an i16 with the bits of a bf16 or f16 stands for.
mlir::Value buildWiden(mlir::ImplicitLocOpBuilder &b, mlir::Value bits,
                       mlir::Type half);

/// The bits, as an i16, of an f32 rounded to nearest even. What lies beyond the
/// largest number becomes infinity, and a NaN the NaN 0x7fff.
mlir::Value buildRound(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                       mlir::Type half);

} // namespace dlc::emit::host
