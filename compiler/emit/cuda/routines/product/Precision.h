// What multiplies the factors of a product.
#pragma once

#include <cstdint>

namespace dlc::emit::cuda::routines {

/// Sums are of float32 in all of them.
enum class Precision : uint8_t {
  Ieee,   // float32 on the ordinary multipliers
  Tf32,   // float32 rounded to 10 bits of fraction, on tensor cores
  Tf32x3, // float32 as a sum of two such numbers: three products for one
  Bf16,   // arrays of bfloat16 on tensor cores
  F16     // arrays of float16 on tensor cores
};

/// "tf32"
inline const char *nameOf(Precision precision) {
  switch (precision) {
  case Precision::Ieee:
    return "ieee";
  case Precision::Tf32:
    return "tf32";
  case Precision::Tf32x3:
    return "tf32x3";
  case Precision::Bf16:
    return "bf16";
  case Precision::F16:
    return "f16";
  }
  return "ieee";
}

/// Whether the factors are arrays of two bytes an element.
inline bool takesHalves(Precision precision) {
  return precision == Precision::Bf16 || precision == Precision::F16;
}

/// Bytes of an element of the factors.
inline int64_t elementBytes(Precision precision) {
  return takesHalves(precision) ? 2 : 4;
}

} // namespace dlc::emit::cuda::routines
