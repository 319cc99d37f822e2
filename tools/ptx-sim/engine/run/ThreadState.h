// What translated code and the engine share of each thread of a launch. Code
// reads and writes fields by their offsets.
#pragma once

#include "tools/ptx-sim/engine/Engine.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace ptxsim {

class Block;

/// The range that one memory instruction hit last: an access to
/// address - begin < limit is inside, whatever its size.
struct LastRange {
  uint64_t begin = 0;
  uint64_t limit = 0;
};

/// What is the same for all threads of a block.
struct BlockFacts {
  uint32_t blockIndex[3];
  uint32_t blockSize[3];
  uint32_t gridSize[3];
  uint32_t dynamicBytes;       // Of shared memory.
  uint32_t sharedBytes;        // Static ones.
  const uint8_t *parameters;   // The kernel's parameter buffer.
  LastRange *lastRanges;       // One for each memory instruction.
  Traffic *traffic;            // Of the CPU thread that runs the block.
  uint64_t sharedEnd;          // Of all shared memory, gaps included.
  const uint64_t *sharedReads; // Shadow::readStamps
};

/// What is a thread's own, and where it meets others.
struct ThreadState {
  const BlockFacts *facts;
  uint8_t *shared; // Where the block's shared memory begins.
  uint32_t threadIndex[3];
  uint32_t linear; // threadIndex as one number
  uint32_t lane;
  uint32_t warp;

  const uint64_t *warpStamp; // Shadow::warpStamp
  uint8_t *local;            // The thread's .local memory; code sets it.
  uint64_t localBytes;

  /// Operands and results of what the threads of a warp or a block do together.
  std::array<uint32_t, 16> operands;
  std::array<uint32_t, 8> results;

  Block *block;
};

} // namespace ptxsim
