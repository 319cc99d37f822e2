// Floats of two bytes as their bits: what a program computes with under a mixed
// dtype policy.
#pragma once

#include <cstdint>

namespace dlc {

/// The bits of the nearest bf16 (float32's upper half) or f16 (IEEE binary16),
/// ties to even. What lies beyond the largest number becomes infinity, and a
/// NaN the NaN 0x7fff.
uint16_t roundToBf16(float x);
uint16_t roundToF16(float x);

} // namespace dlc
