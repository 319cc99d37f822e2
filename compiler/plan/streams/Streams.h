// Launches that a GPU has room for beside others, on streams of their own.
#pragma once

#include "compiler/plan/streams/Ordering.h"

#include "llvm/ADT/ArrayRef.h"

namespace dlc::plan {

/// One launch as the GPU sees it.
struct StreamTask {
  double seconds = 0; // alone on the GPU, without what a launch costs
  double share = 1;   // of the GPU's threads that it fills, up to 1
  std::vector<unsigned> after = {}; // earlier tasks that must be over
};

/// What tying launches costs, in seconds.
struct StreamCosts {
  double launch = 2.5e-6; // from the end of a launch to the next of its stream
  double crossing = 1.5e-6; // more, where the next is in another stream
};

struct StreamPlan {
  std::vector<StreamPlace> places; // one a task; all in stream 0 if none gains
  double sequentialSeconds = 0;    // of all tasks one after the other
  double seconds = 0;              // as placed
};

/// Places tasks, in their order, where they end first: those that fill only a
/// part of the GPU beside others, up to the whole of it. Waits name only
/// launches that are not known to be over. One stream is left where several
/// gain less than a twentieth.
StreamPlan planStreams(llvm::ArrayRef<StreamTask> tasks, unsigned maxStreams,
                       const StreamCosts &costs = {});

} // namespace dlc::plan
