// What CompileOptions::targets asks for.
#pragma once

#include "compiler/Compile.h"

namespace dlc {

struct Targets {
  bool host = false, cuda = false;
  /// The compute capabilities that cubins are made for, in rising order.
  std::vector<int> capabilities;
};

/// Library routines that take bf16 and f16 themselves on each of these targets:
/// others get f32 (widen-calls).
std::vector<std::string> listHalfRoutines(const Targets &targets);

/// An error names the target that is none.
Expected<Targets> parseTargets(const std::vector<std::string> &targets);

} // namespace dlc
