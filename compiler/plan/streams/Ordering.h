// Which launches are over when another begins.
#pragma once

#include "llvm/ADT/BitVector.h"

#include <vector>

namespace dlc::plan {

/// Where a launch runs: in its stream after the one before it there, and after
/// launches of other streams.
struct StreamPlace {
  unsigned stream = 0;
  std::vector<unsigned> waits = {}; // earlier launches, by number
};

/// Grows with the launches of a program, in their order.
class Ordering {
public:
  /// The next launch.
  void add(const StreamPlace &place);

  /// Whether launch `a` is over before launch `b` begins; of two launches of
  /// one stream the first is.
  bool isBefore(unsigned a, unsigned b) const {
    return a < b && (streams == 1 || before[b].test(a));
  }
  /// Whether all launches run one after the other.
  bool isSequential() const { return streams <= 1; }
  unsigned size() const { return before.size(); }

private:
  std::vector<llvm::BitVector> before;
  std::vector<int64_t> lastOf; // the last launch of each stream, or -1
  unsigned streams = 1;
};

} // namespace dlc::plan
