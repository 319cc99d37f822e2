// Index arithmetic that is a number in a test and text in a kernel.
#pragma once

#include <cstdint>
#include <string>

namespace dlc::emit::cuda::routines {

/// Text of C++. Functions of layouts are templates over this class and int64_t,
/// so that what a test enumerates is what a kernel computes.
class Formula {
public:
  Formula(int64_t value) : text(std::to_string(value)), value(value) {}
  explicit Formula(std::string text) : text(std::move(text)), isConstant() {}

  const std::string &str() const { return text; }

  friend Formula operator+(const Formula &a, const Formula &b) {
    if (a.is(0))
      return b;
    return b.is(0) ? a : a.join(b, " + ", a.value + b.value);
  }
  friend Formula operator*(const Formula &a, const Formula &b) {
    if (a.is(0) || b.is(0))
      return 0;
    if (a.is(1))
      return b;
    return b.is(1) ? a : a.join(b, " * ", a.value * b.value);
  }
  friend Formula operator/(const Formula &a, int64_t b) {
    return b == 1 ? a : a.join(b, " / ", a.value / b);
  }
  friend Formula operator%(const Formula &a, int64_t b) {
    return b == 1 ? Formula(0) : a.join(b, " % ", a.value % b);
  }
  friend Formula operator^(const Formula &a, const Formula &b) {
    if (a.is(0))
      return b;
    return b.is(0) ? a : a.join(b, " ^ ", a.value ^ b.value);
  }

private:
  bool is(int64_t number) const { return isConstant && value == number; }
  std::string asOperand() const {
    return text.find(' ') == std::string::npos ? text : "(" + text + ")";
  }
  Formula join(const Formula &b, const char *sign, int64_t both) const {
    if (isConstant && b.isConstant)
      return both;
    return Formula(asOperand() + sign + b.asOperand());
  }

  std::string text;
  int64_t value = 0;
  bool isConstant = true;
};

} // namespace dlc::emit::cuda::routines
