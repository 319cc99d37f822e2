// What the engine has to know at run time of one instruction.
#pragma once

#include "tools/ptx-sim/engine/math/Collective.h"

#include <cstdint>
#include <string>

namespace ptxsim {

/// One instruction that may fault or wait.
struct Site {
  unsigned line = 0;
  std::string opcode;
  unsigned bytes = 0;    // Of a memory access.
  bool writes = false;   // An atomic one writes.
  bool atomic = false;   // Also volatile, relaxed, acquire, release.
  Collective collective; // Of what a warp does together.
};

} // namespace ptxsim
