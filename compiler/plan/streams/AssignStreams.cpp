// Gives launches that leave room on a GPU streams of their own.
#include "compiler/Passes.h"
#include "compiler/plan/Buffers.h"
#include "compiler/plan/KernelGraph.h"
#include "compiler/plan/streams/StreamAttributes.h"
#include "compiler/plan/streams/Streams.h"
#include "dialects/kernel/Kernel.h"
#include "dialects/kernel/Work.h"

namespace dlc {
#define GEN_PASS_DEF_ASSIGNSTREAMS
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;
using namespace dlc::plan;

namespace {

/// A GPU such as an A100: what it moves and computes in a second outside tensor
/// cores, and threads that fill it.
constexpr double bytesPerSecond = 1.2e12, flopsPerSecond = 15e12;
constexpr double threadsThatFill = 108 * 1024;

/// Above this many launches of a program its memory matters less than the time
/// to compile it.
constexpr size_t maxLaunches = 4096;

/// What streams may add to the bytes that are live at once: a share of them, or
/// what no GPU misses.
constexpr double mostGrowth = 0.05;
constexpr int64_t smallGrowth = int64_t(4) << 20;

struct AssignStreamsPass : dlc::impl::AssignStreamsBase<AssignStreamsPass> {
  using AssignStreamsBase::AssignStreamsBase;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    KernelGraph kernels = buildKernelGraph(func, maxBatch);
    if (streams <= 1 || kernels.kernels.size() > maxLaunches)
      return;
    std::vector<StreamTask> tasks;
    llvm::DenseMap<Attribute, unsigned> lastOfCode;
    for (auto [kernel, task] :
         llvm::zip_equal(kernels.kernels, kernels.graph.tasks)) {
      StreamTask described = describe(kernel, task);
      if (Attribute code = kernel->getAttr("kernel.shared_code")) {
        auto [last, isFirst] = lastOfCode.try_emplace(code, tasks.size());
        if (!isFirst)
          described.after.push_back(std::exchange(last->second, tasks.size()));
      }
      tasks.push_back(std::move(described));
    }
    placeInStreams(kernels.kernels, tasks);
  }

  /// In as many streams as leave what is live at once about what it was.
  void placeInStreams(ArrayRef<Operation *> launches,
                      const std::vector<StreamTask> &tasks) {
    std::optional<int64_t> alone;
    for (unsigned most = streams; most > 1; --most) {
      StreamPlan plan = planStreams(tasks, most);
      most = std::min(most, countStreams(plan));
      if (most <= 1)
        return;
      if (!alone)
        alone = countMaxLive(Buffers(getOperation(), maxBatch).lifetimes);
      setPlaces(launches, plan.places);
      int64_t beside =
          countMaxLive(Buffers(getOperation(), maxBatch).lifetimes);
      int64_t growth = beside - *alone;
      if (growth <= smallGrowth ||
          double(growth) <= mostGrowth * double(*alone))
        return;
      setPlaces(launches, std::vector<StreamPlace>(tasks.size()));
    }
  }

  static unsigned countStreams(const StreamPlan &plan) {
    unsigned count = 0;
    for (const StreamPlace &place : plan.places)
      count = std::max(count, place.stream + 1);
    return count;
  }

  StreamTask describe(Operation *launch, const TaskGraph::Task &task) const {
    double bytes = 0;
    for (Type type : llvm::concat<const Type>(launch->getOperandTypes(),
                                              launch->getResultTypes()))
      bytes += double(countBytes(type, maxBatch));
    double seconds =
        std::max(bytes / bytesPerSecond,
                 kernel::countScalarFlops(launch, maxBatch) / flopsPerSecond);
    auto threads = launch->getAttrOfType<IntegerAttr>("kernel.threads");
    double share = threads ? double(threads.getInt()) / threadsThatFill : 1;
    share = std::min(share, 1.0);
    // A part of the GPU takes longer by as much as it is smaller.
    return {seconds / share, share, task.after};
  }
};

} // namespace
