// One visit an element; the innermost loop goes by fours where it can.
#include "compiler/emit/cuda/kernels/Elements.h"
#include "compiler/emit/cuda/kernels/KernelWalks.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::emit::cuda;

static constexpr int64_t threads = pointwiseThreads;

static constexpr int64_t mostVisits = 4;

int64_t dlc::emit::cuda::chooseVisits(int64_t all, int64_t enoughThreads) {
  return std::clamp<int64_t>(all / enoughThreads, 1, mostVisits);
}

namespace {

class PointwiseWriter {
public:
  PointwiseWriter(KernelCode &code, const Share &share)
      : code(code), share(share), point(code.nest.loops.size()) {
    for (unsigned loop = 0; loop < code.nest.loops.size(); ++loop)
      loops.push_back(loop);
    if (loops.empty() || !code.mayWiden(loops.back()))
      return;
    const kernel::Loop &last = code.nest.loops[loops.back()];
    dividesEvenly = share.count.empty() && last.trips % width == 0;
    // A remainder is peeled where there is one: at the end of one loop.
    bool mayPeel = !share.count.empty() ||
                   (loops.size() == 1 && code.countNominal(loops) >= threads);
    if (dividesEvenly || mayPeel)
      wideLoop = loops.back();
  }

  int64_t perVisit() const { return wideLoop ? width : 1; }

  void write() {
    if (wideLoop && !dividesEvenly)
      writePeeled();
    else
      writeLoop(countPoints(perVisit()));
  }

private:
  std::string countPoints(int64_t divisor = 1) const {
    return share.count.empty() ? code.countTrips(loops, divisor) : share.count;
  }

  /// A thread's visits of [0, count).
  void writeLoop(const std::string &count) {
    code.text.line("const " + code.index + " count = " + count + ";");
    std::string step =
        code.widen(share.blocks) + " * " + std::to_string(threads);
    code.text.open("for (" + code.index + " i = " + code.widen(share.block) +
                   " * " + std::to_string(threads) +
                   " + threadIdx.x; i < count; i += " + step + ")");
    writeElements(wideLoop, "i");
    code.text.close();
  }

  void writePeeled() {
    code.text.line("const " + code.index + " whole = " + countPoints() + ";");
    writeLoop("whole / 4");
    // At most three are left.
    code.text.open("if (" + share.block + " == 0 && threadIdx.x < whole % 4)");
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
  const Share &share;
  Point point;
  SmallVector<unsigned> loops;
  std::optional<unsigned> wideLoop;
  bool dividesEvenly = false;
};

} // namespace

int64_t dlc::emit::cuda::writePoints(KernelCode &code, const Share &share) {
  PointwiseWriter writer(code, share);
  writer.write();
  return writer.perVisit();
}

KernelText dlc::emit::cuda::writePointwise(KernelCode &code) {
  code.openFunction(threads, /*usesScratch=*/false);
  int64_t perVisit = writePoints(code, Share());
  code.text.close();

  KernelText text;
  artifact::DeviceStage stage;
  stage.symbol = "@NAME@";
  stage.table = code.usesTable;
  stage.threads = threads;
  stage.extent = {1, code.timesBatch(code.keptLoops)};
  for (const kernel::Loop &loop : code.nest.loops)
    stage.extent.trips *= loop.trips;
  stage.perBlock = threads * perVisit *
                   chooseVisits(code.countNominal(code.keptLoops) / perVisit,
                                /*enoughThreads=*/int64_t(1) << 20);
  text.text = code.text.take();
  text.stages.push_back(stage);
  return text;
}
