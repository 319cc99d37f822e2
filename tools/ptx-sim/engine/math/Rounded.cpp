// The CPU's rounding mode is set for one operation each.
#include "tools/ptx-sim/engine/math/Rounded.h"

#include <cfenv>
#include <cmath>

#pragma STDC FENV_ACCESS ON

using namespace ptxsim;

namespace {
class RoundingScope {
public:
  explicit RoundingScope(Rounding rounding) {
    static constexpr int modes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD,
                                    FE_UPWARD};
    std::fesetround(modes[static_cast<uint32_t>(rounding)]);
  }
  RoundingScope(const RoundingScope &) = delete;
  RoundingScope &operator=(const RoundingScope &) = delete;
  ~RoundingScope() { std::fesetround(FE_TONEAREST); }
};
} // namespace

/// The value of operation() computed under `rounding`. Operands and result are
/// volatile so that nothing is computed before or after.
template <typename T, typename Operation>
static T computeRounded(Rounding rounding, Operation operation) {
  RoundingScope scope(rounding);
  volatile T result = operation();
  return result;
}

template <typename T> T ptxsim::addRounded(T a, T b, Rounding rounding) {
  volatile T left = a;
  volatile T right = b;
  return computeRounded<T>(rounding, [&] { return left + right; });
}

template <typename T> T ptxsim::multiplyRounded(T a, T b, Rounding rounding) {
  volatile T left = a;
  volatile T right = b;
  return computeRounded<T>(rounding, [&] { return left * right; });
}

template <typename T> T ptxsim::divideRounded(T a, T b, Rounding rounding) {
  volatile T left = a;
  volatile T right = b;
  return computeRounded<T>(rounding, [&] { return left / right; });
}

template <typename T> T ptxsim::fmaRounded(T a, T b, T c, Rounding rounding) {
  volatile T left = a;
  volatile T right = b;
  volatile T sum = c;
  return computeRounded<T>(rounding,
                           [&] { return std::fma(T(left), T(right), T(sum)); });
}

template <typename T> T ptxsim::sqrtRounded(T a, Rounding rounding) {
  volatile T value = a;
  return computeRounded<T>(rounding, [&] { return std::sqrt(T(value)); });
}

float ptxsim::narrowRounded(double a, Rounding rounding) {
  volatile double value = a;
  return computeRounded<float>(rounding,
                               [&] { return static_cast<float>(value); });
}

template <typename T> T ptxsim::signedRounded(int64_t a, Rounding rounding) {
  volatile int64_t value = a;
  return computeRounded<T>(rounding, [&] { return static_cast<T>(value); });
}

template <typename T> T ptxsim::unsignedRounded(uint64_t a, Rounding rounding) {
  volatile uint64_t value = a;
  return computeRounded<T>(rounding, [&] { return static_cast<T>(value); });
}

#define PTXSIM_INSTANTIATE(T)                                                  \
  template T ptxsim::addRounded(T, T, Rounding);                               \
  template T ptxsim::multiplyRounded(T, T, Rounding);                          \
  template T ptxsim::divideRounded(T, T, Rounding);                            \
  template T ptxsim::fmaRounded(T, T, T, Rounding);                            \
  template T ptxsim::sqrtRounded(T, Rounding);                                 \
  template T ptxsim::signedRounded<T>(int64_t, Rounding);                      \
  template T ptxsim::unsignedRounded<T>(uint64_t, Rounding);
PTXSIM_INSTANTIATE(float)
PTXSIM_INSTANTIATE(double)
#undef PTXSIM_INSTANTIATE
