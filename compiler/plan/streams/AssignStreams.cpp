// Gives launches that leave room on a GPU streams of their own.
#include "compiler/Passes.h"
#include "compiler/plan/Buffers.h"
#include "compiler/plan/KernelGraph.h"
#include "compiler/plan/streams/StreamAttributes.h"
#include "compiler/plan/streams/Streams.h"
#include "dialects/kernel/Kernel.h"

namespace dlc {
#define GEN_PASS_DEF_ASSIGNSTREAMS
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;
using namespace dlc::plan;

namespace {

/// A GPU such as an A100: what it moves and computes in a second, and threads
/// that fill it.
constexpr double bytesPerSecond = 1.2e12, flopsPerSecond = 15e12;
constexpr double threadsThatFill = 108 * 1024;

/// Above this many launches of a program its memory matters less than the time
/// to compile it.
constexpr size_t maxLaunches = 4096;

/// What streams may add to the bytes that are live at once: a share of them, or
/// what no GPU misses.
constexpr double mostGrowth = 0.05;
constexpr int64_t smallGrowth = int64_t(16) << 20;

double countFlops(Operation *launch, int64_t batch) {
  if (auto library = dyn_cast<kernel::LibraryOp>(launch))
    return library.getFlops().convertToDouble() * double(batch);
  if (auto chain = dyn_cast<kernel::ChainOp>(launch))
    return countFlops(chain.getCall(), batch);
  return 0; // elementwise and sums, which wait for memory
}

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
    StreamPlan plan = planStreams(tasks, streams);
    int64_t alone = countMaxLive(Buffers(func, maxBatch).lifetimes);
    setPlaces(kernels.kernels, plan.places);
    int64_t beside = countMaxLive(Buffers(func, maxBatch).lifetimes);
    int64_t growth = beside - alone;
    if (growth > smallGrowth && double(growth) > mostGrowth * double(alone))
      setPlaces(kernels.kernels, std::vector<StreamPlace>(tasks.size()));
  }

  StreamTask describe(Operation *kernel, const TaskGraph::Task &task) const {
    double bytes = 0;
    for (Type type : llvm::concat<const Type>(kernel->getOperandTypes(),
                                              kernel->getResultTypes()))
      bytes += double(countBytes(type, maxBatch));
    double seconds = std::max(bytes / bytesPerSecond,
                              countFlops(kernel, maxBatch) / flopsPerSecond);
    auto threads = kernel->getAttrOfType<IntegerAttr>("kernel.threads");
    double share = threads ? double(threads.getInt()) / threadsThatFill : 1;
    share = std::min(share, 1.0);
    // A part of the GPU takes longer by as much as it is smaller.
    return {seconds / share, share, task.after};
  }
};

} // namespace
