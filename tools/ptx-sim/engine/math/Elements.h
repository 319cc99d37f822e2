// Elements of arrays on the device as float32: for what computes on its memory
// in plain C++.
#pragma once

#include "runtime/core/Half.h"
#include "tools/ptx-sim/engine/math/Halves.h"

#include <bit>
#include <cmath>
#include <cstddef>

namespace ptxsim {

enum class Element { F32, F16, BF16 };

inline size_t bytesOf(Element element) {
  return element == Element::F32 ? 4 : 2;
}

inline float load(const void *array, Element element, uint64_t i) {
  if (element == Element::F32)
    return static_cast<const float *>(array)[i];
  uint16_t bits = static_cast<const uint16_t *>(array)[i];
  return element == Element::BF16 ? fromBf16(bits) : fromF16(bits);
}

inline void store(void *array, Element element, uint64_t i, float value) {
  if (element == Element::F32)
    static_cast<float *>(array)[i] = value;
  else
    static_cast<uint16_t *>(array)[i] = element == Element::BF16
                                            ? dlc::roundToBf16(value)
                                            : dlc::roundToF16(value);
}

/// To 10 bits of fraction, as tensor cores take float32.
inline float roundToTf32(float value) {
  if (!std::isfinite(value))
    return value;
  return std::bit_cast<float>((std::bit_cast<uint32_t>(value) + 0x1000) &
                              ~uint32_t(0x1fff));
}

inline bool overlap(const void *left, size_t leftBytes, const void *right,
                    size_t rightBytes) {
  const auto *l = static_cast<const std::byte *>(left);
  const auto *r = static_cast<const std::byte *>(right);
  return l < r + rightBytes && r < l + leftBytes;
}

} // namespace ptxsim
