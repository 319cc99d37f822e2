// The gradient of one prim as a function.
#pragma once

#include "test/dialects/prim/cases/Cases.h"

namespace dlc::test {

/// A function of the op's operands and of the gradients of its results.
struct Backward {
  OneOp parsed;
  /// Whether an operand has a gradient; the function returns those that do.
  std::vector<bool> has;
};

/// Builds it from the same text as parse(). Fails the running test if the
/// gradients have other types than the operands or do not verify.
Backward differentiate(const std::string &arguments, const std::string &op);

} // namespace dlc::test
