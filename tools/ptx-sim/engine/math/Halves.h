// 16-bit floats as numbers, rounded to nearest even.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace ptxsim {

inline float fromBf16(uint16_t bits) {
  return std::bit_cast<float>(uint32_t{bits} << 16);
}

inline uint16_t toBf16(float value) {
  auto bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value))
    return 0x7fff;
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

inline float fromF16(uint16_t bits) {
  uint32_t sign = uint32_t{bits & 0x8000u} << 16;
  uint32_t exponent = bits >> 10 & 31;
  uint32_t fraction = bits & 0x3ff;
  if (exponent == 31)
    return std::bit_cast<float>(sign | 0x7f800000 | fraction << 13);
  if (exponent == 0)
    return std::copysign(std::ldexp(static_cast<float>(fraction), -24),
                         std::bit_cast<float>(sign));
  return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
}

inline uint16_t toF16(float value) {
  auto sign =
      static_cast<uint16_t>(std::bit_cast<uint32_t>(value) >> 16 & 0x8000);
  float magnitude = std::fabs(value);
  if (std::isnan(value))
    return 0x7fff;
  if (magnitude >= 65520.0F)
    return sign | 0x7c00;
  if (magnitude < 0x1p-14F)
    // In units of the smallest one; 1024 of them are the smallest normal.
    return sign | static_cast<uint16_t>(std::nearbyint(magnitude * 0x1p24F));
  auto bits = std::bit_cast<uint32_t>(magnitude);
  bits += 0xfff + (bits >> 13 & 1);
  return sign | static_cast<uint16_t>((bits - (112u << 23)) >> 13);
}

} // namespace ptxsim
