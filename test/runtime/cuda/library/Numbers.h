// Numbers of all types that libraries multiply, drawn, packed and unpacked.
#pragma once

#include "runtime/artifact/Artifact.h"
#include "runtime/core/Half.h"
#include "tools/ptx-sim/engine/math/Halves.h"

#include <cstring>
#include <random>

namespace dlc::cuda::test {

using Compute = artifact::LibraryProduct::Compute;

inline DType typeOf(Compute compute) {
  return compute == Compute::Bf16  ? DType::BF16
         : compute == Compute::F16 ? DType::F16
                                   : DType::F32;
}

/// Numbers that the type holds, as float32.
inline std::vector<float> draw(size_t count, Compute compute,
                               std::mt19937 &random) {
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(count);
  for (float &value : values) {
    value = uniform(random);
    if (compute == Compute::Bf16)
      value = ptxsim::fromBf16(roundToBf16(value));
    if (compute == Compute::F16)
      value = ptxsim::fromF16(roundToF16(value));
  }
  return values;
}

inline void pack(const std::vector<float> &values, Compute compute,
                 std::byte *to) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (typeOf(compute) == DType::F32) {
      std::memcpy(to + 4 * i, &values[i], 4);
      continue;
    }
    uint16_t bits = compute == Compute::Bf16 ? roundToBf16(values[i])
                                             : roundToF16(values[i]);
    std::memcpy(to + 2 * i, &bits, 2);
  }
}

inline std::vector<float> unpack(const std::vector<std::byte> &bytes,
                                 Compute compute) {
  std::vector<float> values(bytes.size() / sizeOf(typeOf(compute)));
  for (size_t i = 0; i < values.size(); ++i) {
    uint16_t bits = 0;
    std::memcpy(&bits, bytes.data() + 2 * i, 2);
    if (typeOf(compute) == DType::F32)
      std::memcpy(&values[i], bytes.data() + 4 * i, 4);
    else
      values[i] = compute == Compute::Bf16 ? ptxsim::fromBf16(bits)
                                           : ptxsim::fromF16(bits);
  }
  return values;
}

inline int64_t evaluate(artifact::Extent extent, int64_t n) {
  return extent.timesBatch ? extent.trips * n : extent.trips;
}

/// Of sums of a few products of numbers up to 1.
inline double toleranceOf(Compute compute) {
  switch (compute) {
  case Compute::Ieee:
    return 1e-6;
  case Compute::Tf32:
    return 5e-3;
  case Compute::Bf16:
    return 2e-2;
  case Compute::F16:
    return 3e-3;
  }
  return 0;
}

} // namespace dlc::cuda::test
