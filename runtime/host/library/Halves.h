// Numbers of two bytes as float32 and back.
#pragma once

#include "runtime/host/library/Library.h"

namespace dlc::host {

/// Whether its numbers are bf16 or f16.
inline bool isHalf(const Argument &argument) {
  return argument.dtype == DType::BF16 || argument.dtype == DType::F16;
}

/// `from`, of bf16 or f16, as float32.
void widen(const Argument &from, float *to, int threads);

/// The nearest numbers of `to`'s type, ties to even; NaN stays NaN.
void narrow(const float *from, const Argument &to, int threads);

} // namespace dlc::host
