// One visit an element; the innermost loop goes by fours where it can.
#include "compiler/emit/cuda/kernels/Elements.h"
#include "compiler/emit/cuda/kernels/KernelWalks.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::emit::cuda;

static constexpr int64_t threads = 128;

/// Below this many threads each takes one visit; above it several, which saves
/// blocks that would come and go.
static constexpr int64_t enoughThreads = int64_t(1) << 20, mostVisits = 4;

namespace {

class PointwiseWriter {
public:
  explicit PointwiseWriter(KernelCode &code)
      : code(code), point(code.nest.loops.size()) {
    for (unsigned loop = 0; loop < code.nest.loops.size(); ++loop)
      loops.push_back(loop);
    if (loops.empty() || !code.mayWiden(loops.back()))
      return;
    const kernel::Loop &last = code.nest.loops[loops.back()];
    dividesEvenly = last.trips % width == 0;
    // A remainder is peeled where there is one: at the end of one loop.
    if (dividesEvenly ||
        (loops.size() == 1 && code.countNominal(loops) >= threads))
      wideLoop = loops.back();
  }

  KernelText write() {
    code.openFunction(threads, /*usesScratch=*/false);
    if (wideLoop)
      writeWide();
    else
      writeLoop(code.countTrips(loops));
    code.text.close();

    KernelText text;
    artifact::DeviceStage stage;
    stage.symbol = "@NAME@";
    stage.table = code.usesTable;
    stage.threads = threads;
    stage.extent = {1, code.timesBatch(loops)};
    for (unsigned loop : loops)
      stage.extent.trips *= code.nest.loops[loop].trips;
    int64_t perVisit = wideLoop ? width : 1;
    int64_t visits = code.countNominal(loops) / perVisit / enoughThreads;
    stage.perBlock =
        threads * perVisit * std::clamp<int64_t>(visits, 1, mostVisits);
    text.text = code.text.take();
    text.stages.push_back(stage);
    return text;
  }

private:
  /// A thread's visits of [0, count).
  void writeLoop(const std::string &count) {
    code.text.line("const " + code.index + " count = " + count + ";");
    std::string step =
        code.widen("gridDim.x") + " * " + std::to_string(threads);
    code.text.open("for (" + code.index + " i = " + position() +
                   "; i < count; i += " + step + ")");
    writeElements(wideLoop, "i");
    code.text.close();
  }

  std::string position() const {
    return code.widen("blockIdx.x") + " * " + std::to_string(threads) +
           " + threadIdx.x";
  }

  void writeWide() {
    if (dividesEvenly)
      return writeLoop(code.countTrips(loops, width));
    std::string whole = code.countTrips(loops);
    code.text.line("const " + code.index + " whole = " + whole + ";");
    writeLoop("whole / 4");
    // At most three are left.
    code.text.open("if (blockIdx.x == 0 && threadIdx.x < whole % 4)");
    code.text.line("const " + code.index + " i = whole / 4 * 4 + threadIdx.x;");
    writeElements(std::nullopt, "i");
    code.text.close();
  }

  /// At iteration number `i` of all loops; if wide, the last one goes by fours.
  void writeElements(std::optional<unsigned> wide, StringRef i) {
    Visit visit;
    visit.wideLoop = wide;
    visit.outputs = code.rowOutputs;
    visit.point = point;
    code.splitPosition(loops, i, visit.point, wide ? width : 1);
    writeVisit(code, visit, Scope(), [](Scope &, StringRef) {});
  }

  KernelCode &code;
  Point point;
  SmallVector<unsigned> loops;
  std::optional<unsigned> wideLoop;
  bool dividesEvenly = false;
};

} // namespace

KernelText dlc::emit::cuda::writePointwise(KernelCode &code) {
  return PointwiseWriter(code).write();
}
