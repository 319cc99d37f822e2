// e^x in a loop that compilers turn into vectors.
#pragma once

#include <bit>
#include <cstdint>

namespace dlc::host {

/// e^x within 2 units in the last place; a NaN stays one. The polynomial is
/// that of compiler/emit/host/kernels/MathCode.cpp.
[[gnu::always_inline]] inline float exponential(float x) {
  x = x < -104.0F ? -104.0F : x;
  x = x > 89.0F ? 89.0F : x;
  // x = n ln 2 + r: adding 1.5 * 2^23 rounds to the integer n and leaves it in
  // the low bits.
  const float magic = 12582912.0F;
  float shifted = x * 1.44269504F + magic;
  float rounded = shifted - magic;
  float r = x - rounded * 0.693145752F;
  r = r - rounded * 1.42860677e-6F;
  float q = 0.0013947570696473122F * r + 0.008367233909666538F;
  q = q * r + 0.041666265577077866F;
  q = q * r + 0.16666537523269653F;
  q = q * r + 0.5F;
  float y = r * r * q + r + 1.0F;
  // 2^n in two steps, so that both ends of the range come out right.
  int32_t n = std::bit_cast<int32_t>(shifted) - std::bit_cast<int32_t>(magic);
  int32_t half = n >> 1;
  auto power = [](int32_t exponent) {
    return std::bit_cast<float>((exponent + 127) << 23);
  };
  return y * power(half) * power(n - half);
}

} // namespace dlc::host
