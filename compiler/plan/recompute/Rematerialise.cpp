// While a step needs more memory than allowed, computes a tensor that is live
// at the peak again before its late readers instead of keeping it.
#include "compiler/Passes.h"
#include "compiler/plan/Buffers.h"
#include "compiler/plan/recompute/Recompute.h"
#include "dialects/kernel/Kernel.h"
#include "dialects/kernel/Layers.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FormatVariadic.h"

namespace dlc {
#define GEN_PASS_DEF_REMATERIALISE
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;
using namespace dlc::plan;

/// Replacements for each kernel of a function, after which there is no hope.
static constexpr int64_t mostRounds = 20;

namespace {

/// A function whose arena is to have at most `budget` bytes.
class FunctionFit {
public:
  FunctionFit(func::FuncOp func, int64_t batch, int64_t budget)
      : func(func), batch(batch), budget(budget) {}

  /// Whether it fits, changed or not.
  bool run() {
    int64_t target = budget;
    int64_t rounds =
        mostRounds * int64_t(func.getBody().front().getOperations().size());
    for (int64_t round = 0; round < rounds; ++round) {
      Timeline timeline(func, batch);
      int64_t need = timeline.peak;
      if (need <= target) {
        need = pack(timeline.buffers.lifetimes);
        if (need <= budget)
          return true;
        // Gaps between buffers; aim lower.
        target -= need - budget;
      }
      if (need < least) {
        least = need;
        heldBy = listHolders(timeline);
      }
      if (timeline.peak > target && !replaceOne(timeline))
        return false;
    }
    return false;
  }

  /// The smallest arena that was found, and what was live at its peak.
  int64_t least = INT64_MAX;
  std::string heldBy;

private:
  /// The kernel whose results give most for what they cost to compute again.
  bool replaceOne(const Timeline &timeline) {
    std::optional<Recomputation> best;
    for (Operation &op : func.getBody().front().without_terminator()) {
      if (timeline.timeOf(&op) >= timeline.peakTime)
        break;
      auto found = planRecomputation(&op, timeline);
      if (found && (!best || found->gain() > best->gain()))
        best = std::move(found);
    }
    if (!best)
      return false;
    applyRecomputation(*best, timeline, numAgain);
    return true;
  }

  /// "Conv2D conv1 (12.5 MB), Dense fc (3 MB)": the layers of the largest
  /// tensors at the peak.
  std::string listHolders(const Timeline &timeline) {
    llvm::MapVector<StringRef, int64_t> bytes;
    for (Operation &op : func.getBody().front().without_terminator())
      for (Value result : op.getResults())
        if (auto buffer = timeline.buffers.ofValue.find(result);
            buffer != timeline.buffers.ofValue.end() &&
            timeline.isLiveAtPeak(result)) {
          auto layers = kernel::findLayers(op.getLoc());
          bytes[layers.empty() ? "a kernel of no layer" : layers[0]] +=
              timeline.buffers.lifetimes[buffer->second].bytes;
        }
    SmallVector<std::pair<StringRef, int64_t>> all(bytes.begin(), bytes.end());
    llvm::stable_sort(all, [](auto a, auto b) { return a.second > b.second; });
    std::string text;
    for (auto [layer, size] : ArrayRef(all).take_front(3))
      text += llvm::formatv("{0}{1} ({2:f1} MB)", text.empty() ? "" : ", ",
                            layer, double(size) * 1e-6);
    return text.empty() ? "its inputs" : text;
  }

  func::FuncOp func;
  int64_t batch, budget;
  unsigned numAgain = 0;
};

struct RematerialisePass : dlc::impl::RematerialiseBase<RematerialisePass> {
  using RematerialiseBase::RematerialiseBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    int64_t states = countStates(module);
    for (auto func : module.getOps<func::FuncOp>()) {
      FunctionFit fit(func, maxBatch, limit - states);
      if (fit.run())
        continue;
      func.emitError() << "--memory-limit: is " << limit.getValue()
                       << " bytes but @" << func.getName() << " takes "
                       << states + fit.least
                       << " at least, of which states are " << states
                       << " and tensors of " << fit.heldBy
                       << " are the largest at once; give a smaller --batch or "
                          "a larger --memory-limit";
      return signalPassFailure();
    }
  }

  int64_t countStates(ModuleOp module) {
    llvm::StringMap<int64_t> bytes;
    for (auto func : module.getOps<func::FuncOp>())
      for (auto [value, name] : findStates(func))
        bytes[name] = align(countBytes(value.getType(), maxBatch));
    int64_t sum = 0;
    for (auto &entry : bytes)
      sum += entry.second;
    return sum;
  }
};

} // namespace
