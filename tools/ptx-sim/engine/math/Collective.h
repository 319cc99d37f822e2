// What the threads of a warp compute together, once all of them have arrived.
#pragma once

#include "tools/ptx-sim/engine/run/ThreadState.h"

#include <cstdint>

namespace ptxsim {

struct Collective {
  enum Kind : uint8_t {
    None,
    SyncWarp,
    Shuffle,
    Vote,
    Match,
    Reduce,
    LoadMatrix,
    Multiply,
  };
  enum Mode : uint8_t {
    // Shuffle
    Up,
    Down,
    Butterfly,
    Index,
    // Vote, Match
    All,
    Any,
    Uniform,
    Ballot,
    // Reduce
    Add,
    Min,
    Max,
    And,
    Or,
    Xor,
    // Multiply: what A and B hold
    TF32,
    BF16,
    F16,
  };
  Kind kind = None;
  Mode mode = Up;
  bool isSigned = false;   // Reduce
  bool transposed = false; // LoadMatrix
  unsigned count = 1;      // LoadMatrix: matrices; Multiply: k
  bool halfSum = false;    // Multiply: C and D are f16
};

/// The threads of a warp by lane; null for lanes that do not take part.
using Lanes = std::array<ThreadState *, 32>;

/// Reads the lanes' operands and writes their results.
void compute(const Collective &collective, const Lanes &lanes);

} // namespace ptxsim
