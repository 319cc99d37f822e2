// Arithmetic rounded otherwise than to nearest: toward zero, down or up.
#pragma once

#include <cstdint>

namespace ptxsim {

/// As the PTX suffixes say: .rn, .rz, .rm, .rp.
enum class Rounding : uint32_t { Nearest, Zero, Down, Up };

template <typename T> T addRounded(T a, T b, Rounding rounding);
template <typename T> T multiplyRounded(T a, T b, Rounding rounding);
template <typename T> T divideRounded(T a, T b, Rounding rounding);
template <typename T> T fmaRounded(T a, T b, T c, Rounding rounding);
template <typename T> T sqrtRounded(T a, Rounding rounding);
float narrowRounded(double a, Rounding rounding);
template <typename T> T signedRounded(int64_t a, Rounding rounding);
template <typename T> T unsignedRounded(uint64_t a, Rounding rounding);

} // namespace ptxsim
