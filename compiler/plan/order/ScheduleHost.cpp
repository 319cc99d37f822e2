// Chooses which loops of a kernel run side by side on a CPU, and how reductions
// without such loops are cut. The meaning is the same under any choice.
#include "compiler/Passes.h"
#include "dialects/kernel/LoopNest.h"
#include "llvm/Support/MathExtras.h"

namespace dlc {
#define GEN_PASS_DEF_SCHEDULEHOST
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;

/// A batch to reckon with. Choices may not depend on the actual one, nor on the
/// largest, so that neither changes results.
static constexpr int64_t nominalBatch = 32;

/// With this many iterations outside it, the innermost loop stays whole: its
/// length is then known and it vectorises without a remainder.
static constexpr int64_t enoughRows = 64;

/// Elements that pay for handing a chunk to another thread, and the most
/// chunks.
static constexpr int64_t chunkElements = 32768, mostChunks = 64;

/// A chunk folds at least this many rows for each that it leaves in scratch.
static constexpr int64_t chunkRows = 16;

static int64_t countIterations(ArrayRef<kernel::Loop> loops) {
  int64_t iterations = 1;
  for (const kernel::Loop &loop : loops)
    iterations *= loop.countTrips(nominalBatch);
  return iterations;
}

/// Leading kept loops, with at most one over the batch. A pointwise kernel
/// keeps its innermost loop for itself if the others are enough.
static int64_t chooseParallel(const kernel::LoopNest &nest) {
  ArrayRef<kernel::Loop> loops(nest.loops);
  ArrayRef<kernel::Loop> chosen = loops.take_front(nest.countLeadingKept());
  if (chosen.size() == loops.size() && chosen.size() > 1 &&
      !chosen.back().timesBatch &&
      countIterations(chosen.drop_back()) >= enoughRows)
    chosen = chosen.drop_back();
  auto isBatch = [](const kernel::Loop &loop) { return loop.timesBatch; };
  while (llvm::count_if(chosen, isBatch) > 1)
    chosen = chosen.drop_back();
  return chosen.empty() ? 0 : chosen.back().last + 1;
}

/// Chunks of the first reduced loop, for a kernel with no kept loop before it.
static int64_t chooseChunks(kernel::FusedOp kernel,
                            const kernel::LoopNest &nest) {
  ArrayRef<kernel::Loop> loops(nest.loops);
  if (loops.empty() || !loops.front().reduced || !kernel::needsOneWalk(kernel))
    return 1;
  auto inner =
      loops.drop_while([](const kernel::Loop &l) { return l.reduced; });
  auto isFixed = [](const kernel::Loop &l) {
    return !l.reduced && !l.timesBatch;
  };
  if (!llvm::all_of(inner, isFixed))
    return 1;
  int64_t rows = countIterations(loops.drop_back(inner.size()));
  int64_t chunks =
      std::min({mostChunks, loops.front().countTrips(nominalBatch),
                countIterations(loops) / chunkElements, rows / chunkRows});
  return std::max<int64_t>(chunks, 1);
}

/// scratch[chunk][reduce][inner], four bytes an element.
static int64_t countScratch(kernel::FusedOp kernel,
                            const kernel::LoopNest &nest, int64_t chunks) {
  if (chunks == 1)
    return 0;
  int64_t bytes = 4 * chunks;
  for (const kernel::Loop &loop : nest.loops)
    if (!loop.reduced)
      bytes *= loop.trips;
  return bytes * llvm::range_size(kernel.getBody().getOps<kernel::ReduceOp>());
}

namespace {

struct ScheduleHostPass : dlc::impl::ScheduleHostBase<ScheduleHostPass> {
  void runOnOperation() override {
    getOperation().walk([](kernel::FusedOp kernel) {
      kernel::LoopNest nest = kernel::buildLoopNest(kernel);
      int64_t chunks = chooseChunks(kernel, nest);
      kernel.setScheduleAttr(kernel::HostScheduleAttr::get(
          kernel.getContext(), chooseParallel(nest), chunks,
          countScratch(kernel, nest, chunks)));
    });
  }
};

} // namespace
