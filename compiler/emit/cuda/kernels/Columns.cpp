// A block is a tile of columns and some lines: its lines take every so many-th
// row, neighbouring threads neighbouring columns. Lines, then chunks of rows,
// are added up in their order.
#include "compiler/emit/cuda/kernels/Elements.h"
#include "compiler/emit/cuda/kernels/Folds.h"
#include "compiler/emit/cuda/kernels/KernelWalks.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::emit::cuda;

static constexpr int64_t mostThreads = 256, warp = 32;

/// Bytes of shared memory: half of what every block may have.
static constexpr int64_t mostShared = 24 << 10;

/// Blocks that fill a device; chunks of rows are cut to have as many. Each
/// line of a chunk folds at least so many rows.
static constexpr int64_t enoughBlocks = 512, leastRows = 8, mostChunks = 256;

namespace {

class ColumnWriter {
public:
  ColumnWriter(KernelCode &code, const Share &share)
      : code(code), share(share), point(code.nest.loops.size()) {
    bool inside = false;
    for (auto [i, loop] : llvm::enumerate(code.nest.loops)) {
      inside |= loop.reduced;
      if (!loop.reduced)
        (inside ? columnLoops : outerLoops).push_back(i);
    }
    chooseShape();
    for (unsigned i = 0; i < code.reduces.size(); ++i)
      all.push_back(i);
  }

  KernelText write() {
    if (isChunked())
      writeCounters(code, partials);
    code.openFunction(threads(), isChunked(), countResident());
    writeBody();
    code.text.close();

    KernelText text;
    artifact::DeviceStage stage;
    stage.symbol = "@NAME@";
    stage.table = code.usesTable;
    stage.threads = threads();
    stage.extent = {tiles * partials.chunks, code.timesBatch(outerLoops)};
    for (unsigned loop : outerLoops)
      stage.extent.trips *= code.nest.loops[loop].trips;
    text.text = code.text.take();
    text.stages.push_back(stage);
    text.scratchBytes = partials.scratchBytes(code);
    return text;
  }

  void writeBody() {
    writePosition();
    if (isChunked())
      writePartialPointers(code, partials);
    writeAccumulators(code, all, step());
    writeRowLoop();
    foldLines();
    if (isChunked())
      writeFinish();
    writeOutputs();
  }

  /// At the largest batch.
  int64_t countBlocks() const {
    return tiles * partials.chunks * code.countMost(outerLoops);
  }

private:
  bool isChunked() const { return partials.chunks > 1; }
  int64_t threads() const { return lanes * lines; }
  int64_t step() const { return wideLoop ? width : 1; }

  /// Where most of a kernel follows its sums, as two of Adam's updates do, it
  /// wants more registers than ptxas leaves itself, which hopes for more
  /// blocks. Where much comes before them, ptxas does better by itself.
  std::optional<int64_t> countResident() const {
    const int64_t manyArrays = 12, fewArrays = 2, registers = 64,
                  all = 64 << 10, most = 16;
    int64_t behind =
        llvm::count_if(code.nest.accesses, [&](const kernel::Access &access) {
          return llvm::all_of(code.reducedLoops, [&](unsigned loop) {
            return access.strides[loop] == 0;
          });
        });
    if (behind < manyArrays ||
        int64_t(code.nest.accesses.size()) - behind > fewArrays)
      return std::nullopt;
    return std::min(most, all / (registers * threads()));
  }

  void chooseShape() {
    unsigned last = columnLoops.back();
    columns = code.countNominal(columnLoops);
    if (code.nest.loops[last].trips % width == 0 && code.mayWiden(last))
      wideLoop = last;
    int64_t fours = columns / step();
    lanes = std::min<int64_t>(llvm::PowerOf2Ceil(fours), warp);
    tiles = llvm::divideCeil(fours, lanes);
    int64_t rows = code.countNominal(code.reducedLoops);
    lines = (share.isPart() ? share.threads : mostThreads) / lanes;
    int64_t bytes = 0;
    for (kernel::ReduceOp reduce : code.reduces)
      bytes += (reduce.getType().isF64() ? 8 : 4) * step() * lanes;
    // All threads of a part have a line, be there a row for it or not.
    while (!share.isPart() && lines > 1 && lines * lanes > warp &&
           (lines * 2 > rows || lines * bytes > mostShared))
      lines /= 2;
    partials.groups = tiles;
    partials.elements = lanes * step();
    if (share.isPart() || code.timesBatch(outerLoops) || code.reduces.empty())
      return;
    int64_t blocks = tiles * code.countNominal(outerLoops);
    partials.groups = blocks;
    partials.chunks = std::max<int64_t>(
        1, std::min({enoughBlocks / blocks, rows / (lines * leastRows),
                     mostChunks}));
  }

  void writePosition() {
    const std::string &type = code.index;
    code.text.line("const int thread = threadIdx.x % " + Twine(lanes) +
                   ", line = threadIdx.x / " + Twine(lanes) + ";");
    std::string block = share.block;
    if (isChunked()) {
      code.text.line("const int chunk = blockIdx.x % " +
                     Twine(partials.chunks) + ";");
      block = "group";
      code.text.line("const int group = blockIdx.x / " +
                     Twine(partials.chunks) + ";");
    }
    bool isOneTile = tiles == 1;
    code.text.line("const " + type + " column = " +
                   (isOneTile ? "thread"
                              : block + " % " + std::to_string(tiles) + " * " +
                                    std::to_string(lanes) + " + thread") +
                   ";");
    if (!outerLoops.empty()) {
      code.text.line("const " + type + " outer = " + block +
                     (isOneTile ? "" : " / " + std::to_string(tiles)) + ";");
      if (share.isPart() && code.timesBatch(outerLoops))
        code.text.line("if (outer >= " + code.countTrips(outerLoops) +
                       ") return;");
      code.splitPosition(outerLoops, "outer", point);
    }
    if (columns / step() != tiles * lanes) {
      code.text.line("const bool isActive = column < " +
                     Twine(columns / step()) + ";");
      guard = "isActive";
    }
    code.splitPosition(columnLoops, "column", point, step());
  }

  void writeRowLoop() {
    std::string rows = code.countTrips(code.reducedLoops);
    std::string begin = "line", end = rows;
    if (isChunked()) {
      writeChunkBounds(code, partials, rows);
      begin = "begin + line";
      end = "end";
    }
    std::string condition = "row < " + end;
    if (!guard.empty())
      condition = guard + " && " + condition;
    code.text.open("for (" + code.index + " row = " + begin + "; " + condition +
                   "; row += " + Twine(lines) + ")");
    Visit visit;
    visit.point = point;
    visit.wideLoop = wideLoop;
    visit.outputs = code.elementOutputs;
    for (kernel::ReduceOp reduce : code.reduces)
      visit.roots.push_back(reduce.getX());
    code.splitPosition(code.reducedLoops, "row", visit.point);
    writeVisit(code, visit, Scope(), [&](Scope &scope, StringRef lane) {
      for (unsigned i : all)
        fold(i, lane, scope.find(code.reduces[i].getX()));
    });
    code.text.close();
  }

  void fold(unsigned reduce, StringRef lane, StringRef x) {
    std::string r = accumulatorOf(reduce) + subscript(lane);
    code.text.line(r + " = " + combine(code.reduces[reduce], r, x) + ";");
  }

  /// For each of the columns of a thread.
  void forEachLane(llvm::function_ref<void(StringRef lane)> body) {
    if (!wideLoop)
      return body("");
    code.text.directive("#pragma unroll");
    code.text.open("for (int i = 0; i < 4; ++i)");
    body("i");
    code.text.close();
  }

  /// Line 0 gets the sums of all lines of its columns.
  void foldLines() {
    if (lines == 1)
      return;
    // Of the chunk, then of all chunks.
    bool isFirst = shared.empty();
    for (unsigned i : all) {
      if (!isFirst)
        break;
      shared.push_back("lines" + std::to_string(i));
      code.text.line("__shared__ " + registerType(code.reduces[i].getType()) +
                     " " + shared.back() + "[" + Twine(lines) + "][" +
                     Twine(lanes) + "]" + (wideLoop ? "[4]" : "") + ";");
    }
    auto at = [&](unsigned i, StringRef line, StringRef lane) {
      return shared[i] + "[" + line.str() + "][thread]" + subscript(lane);
    };
    forEachLane([&](StringRef lane) {
      for (unsigned i : all)
        code.text.line(at(i, "line", lane) + " = " + accumulatorOf(i) +
                       subscript(lane) + ";");
    });
    code.text.line("__syncthreads();");
    code.text.open("if (line == 0)");
    code.text.open("for (int other = 1; other < " + Twine(lines) +
                   "; ++other)");
    forEachLane([&](StringRef lane) {
      for (unsigned i : all)
        fold(i, lane, at(i, "other", lane));
    });
    code.text.close();
    code.text.close();
  }

  /// Line 0 leaves the chunk's sums; the last block of the tile takes them all.
  void writeFinish() {
    auto at = [&](unsigned i, StringRef chunk, StringRef lane) {
      std::string tile = "(group * " + std::to_string(partials.chunks) + " + " +
                         chunk.str() + ") * " +
                         std::to_string(partials.elements) + " + thread";
      if (wideLoop)
        tile += " * 4 + " + lane.str();
      return "parts" + std::to_string(i) + " + " + tile;
    };
    code.text.open("if (line == 0)");
    forEachLane([&](StringRef lane) {
      for (unsigned i : all)
        code.text.line("*(" + at(i, "chunk", lane) + ") = " + accumulatorOf(i) +
                       subscript(lane) + ";");
    });
    code.text.close();
    writeLastBlock(code, partials, "group");
    forEachLane([&](StringRef lane) {
      for (unsigned i : all)
        code.text.line(accumulatorOf(i) + subscript(lane) + " = " +
                       getIdentity(code.reduces[i]) + ";");
    });
    code.text.open("for (int part = line; part < " + Twine(partials.chunks) +
                   "; part += " + Twine(lines) + ")");
    forEachLane([&](StringRef lane) {
      for (unsigned i : all)
        fold(i, lane, "__ldcg(" + at(i, "part", lane) + ")");
    });
    code.text.close();
    foldLines();
  }

  void writeOutputs() {
    if (code.rowOutputs.empty())
      return;
    std::string condition = lines > 1 ? "line == 0" : "";
    if (!guard.empty())
      condition += (condition.empty() ? "" : " && ") + guard;
    if (!condition.empty())
      code.text.open("if (" + condition + ")");
    Visit visit;
    visit.point = point;
    visit.wideLoop = wideLoop;
    visit.outputs = code.rowOutputs;
    Scope sums;
    for (unsigned i : all)
      sums.set(code.reduces[i], accumulatorOf(i) + (wideLoop ? "[lane]" : ""));
    writeVisit(code, visit, sums, [](Scope &, StringRef) {});
    if (!condition.empty())
      code.text.close();
  }

  KernelCode &code;
  const Share &share;
  Point point;
  SmallVector<unsigned> outerLoops, columnLoops, all;
  SmallVector<std::string> shared; // names of arrays, once declared
  std::optional<unsigned> wideLoop;
  int64_t columns = 0, tiles = 1, lanes = 1, lines = 1;
  Partials partials;
  std::string guard; // what must hold for a column to be there; may be empty
};

} // namespace

KernelText dlc::emit::cuda::writeColumns(KernelCode &code) {
  return ColumnWriter(code, Share()).write();
}

int64_t dlc::emit::cuda::writeColumnsOf(KernelCode &code, const Share &share) {
  ColumnWriter writer(code, share);
  writer.writeBody();
  return writer.countBlocks();
}
