// Floats of two bytes as their bits.
#include "runtime/core/Half.h"

#include <bit>
#include <cmath>

namespace dlc {

/// The upper bits of `bits`, rounded by those that are dropped.
static uint32_t dropBits(uint32_t bits, int dropped) {
  uint32_t odd = bits >> dropped & 1;
  return (bits + (1u << (dropped - 1)) - 1 + odd) >> dropped;
}

uint16_t roundToBf16(float x) {
  if (std::isnan(x))
    return 0x7fff;
  return uint16_t(dropBits(std::bit_cast<uint32_t>(x), 16));
}

uint16_t roundToF16(float x) {
  if (std::isnan(x))
    return 0x7fff;
  uint32_t bits = std::bit_cast<uint32_t>(x);
  uint32_t sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x477ff000) // from 65520 on
    return uint16_t(sign | 0x7c00);
  if (magnitude >= 0x38800000) // from 2^-14 on: the exponent's bias is 15
    return uint16_t(sign | dropBits(magnitude - (112u << 23), 13));
  // |x| + 0.5 has the last place of a subnormal f16.
  float shifted = std::bit_cast<float>(magnitude) + 0.5f;
  return uint16_t(sign | (std::bit_cast<uint32_t>(shifted) - 0x3f000000));
}

} // namespace dlc
