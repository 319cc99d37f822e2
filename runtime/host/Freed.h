// What of the arena nobody needs any more after each launch of a program.
#pragma once

#include "runtime/artifact/Artifact.h"

namespace dlc::host {

/// Bytes [begin, end) of the arena.
struct ByteRange {
  uint64_t begin = 0, end = 0;
  bool operator==(const ByteRange &) const = default;
};

/// For each launch the bytes that it touches and that are written before they
/// are read again, or never read. Found backwards from what launches read, so
/// that it is right whatever planned the places. At the largest batch.
std::vector<std::vector<ByteRange>> findFreed(const artifact::Program &program,
                                              int64_t maxBatch);

} // namespace dlc::host
