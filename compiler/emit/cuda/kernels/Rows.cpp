// A row takes one walk for each level of reductions that wait for each other.
// What a later walk needs again is kept in registers where the row is short,
// else computed anew.
#include "compiler/emit/cuda/kernels/Elements.h"
#include "compiler/emit/cuda/kernels/Folds.h"
#include "compiler/emit/cuda/kernels/KernelWalks.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::emit::cuda;

/// Threads of a block that holds several rows, and at most of one for a row.
static constexpr int64_t sharedThreads = 128, mostThreads = 256;

static constexpr int64_t warp = 32;

/// Longer rows take a block, and shorter ones where rows are few.
static constexpr int64_t longestWarpRow = 1024, fewRows = 64;

/// Rows that are shorter go by single elements: fours would leave lanes idle.
static constexpr int64_t shortestWideRow = 128;

/// Values that a thread keeps from walk to walk.
static constexpr int64_t mostKept = 32;

/// Visits of a thread that pay for another block, and the most chunks.
static constexpr int64_t chunkVisits = 8, mostChunks = 256;

namespace {

class RowWriter {
public:
  RowWriter(KernelCode &code, const Share &share)
      : code(code), share(share), kernel(code.kernel),
        point(code.nest.loops.size()),
        threads(share.isPart() ? share.threads : sharedThreads) {
    chooseLanes();
    chooseChunks();
    findRoots();
    chooseKept();
  }

  KernelText write() {
    if (isChunked())
      writeCounters(code, partials);
    code.openFunction(threads, isChunked());
    writeBody();
    code.text.close();

    KernelText text;
    artifact::DeviceStage stage;
    stage.symbol = "@NAME@";
    stage.table = code.usesTable;
    stage.threads = threads;
    stage.extent = {partials.chunks, code.timesBatch(code.keptLoops)};
    for (unsigned loop : code.keptLoops)
      stage.extent.trips *= code.nest.loops[loop].trips;
    stage.perBlock = threads / lanes;
    text.text = code.text.take();
    text.stages.push_back(stage);
    text.scratchBytes = partials.scratchBytes(code);
    return text;
  }

  void writeBody() {
    writePosition();
    Scope row;
    for (unsigned level = 0; level < walks.size(); ++level)
      writeWalk(level, row);
    if (isChunked())
      writeFinish();
    writeRowOutputs(row);
  }

  /// At the largest batch.
  int64_t countBlocks() const {
    return llvm::divideCeil(partials.chunks * code.countMost(code.keptLoops),
                            threads / lanes);
  }

private:
  bool isChunked() const { return partials.chunks > 1; }

  /// A row of its own for each block.
  bool ownsBlock() const { return lanes == threads; }

  //===-- Choices ---------------------------------------------------------===//

  void chooseLanes() {
    ArrayRef<unsigned> reduced = code.reducedLoops;
    int64_t length = code.countNominal(reduced);
    int64_t rows = code.countNominal(code.keptLoops);
    // Neighbouring threads are to read neighbours: along the row, or, where
    // the innermost loop is kept, one row each.
    bool isInnermost =
        !reduced.empty() && reduced.back() + 1 == code.nest.loops.size();
    if (isInnermost && length >= shortestWideRow &&
        code.nest.loops[reduced.back()].trips % width == 0 &&
        code.mayWiden(reduced.back()))
      wideLoop = reduced.back();
    int64_t visits = length / step();
    if (rows == 1 || (isInnermost && (length > longestWarpRow ||
                                      (rows < fewRows && length > 8 * warp))))
      threads = lanes = share.isPart()
                            ? share.threads
                            : std::clamp<int64_t>(llvm::PowerOf2Ceil(visits),
                                                  warp, mostThreads);
    else if (isInnermost && length > 4)
      lanes = std::min<int64_t>(llvm::PowerOf2Ceil(visits), warp);
  }

  /// Few long rows are cut, so that all of the device has work.
  void chooseChunks() {
    if (share.isPart() || !ownsBlock() || code.reduces.empty() ||
        code.timesBatch(code.keptLoops) || !kernel::needsOneWalk(kernel))
      return;
    int64_t rows = code.countNominal(code.keptLoops);
    int64_t visits = code.countNominal(code.reducedLoops) / step();
    if (rows > fewRows)
      return;
    partials.groups = rows;
    partials.chunks = std::clamp<int64_t>(visits / (threads * chunkVisits), 1,
                                          mostChunks / rows);
  }

  int64_t step() const { return wideLoop ? width : 1; }

  /// Visits of a thread in a walk, if the length of a row is known.
  std::optional<int64_t> countVisits() const {
    if (code.timesBatch(code.reducedLoops))
      return std::nullopt;
    int64_t visits = code.countNominal(code.reducedLoops) / step();
    return llvm::divideCeil(visits, lanes);
  }

  /// What each walk has to compute.
  void findRoots() {
    unsigned last = 0;
    for (kernel::ReduceOp reduce : code.reduces)
      last = std::max(last, code.levels[reduce.getX()]);
    for (const Output &output : code.elementOutputs)
      last = std::max(last, code.levels[output.value]);
    walks.resize(last + 1);
    for (auto [i, reduce] : llvm::enumerate(code.reduces)) {
      Walk &walk = walks[code.levels[reduce.getX()]];
      walk.folds.push_back(i);
      walk.roots.push_back(reduce.getX());
    }
    for (const Output &output : code.elementOutputs)
      walks.back().roots.push_back(output.value);
  }

  /// Where a later walk meets what an earlier one computed, it is kept.
  void chooseKept() {
    std::optional<int64_t> visits = countVisits();
    if (!visits || walks.size() == 1)
      return;
    DenseMap<Value, unsigned> firstWalk;
    SmallVector<std::pair<unsigned, Value>> wanted;
    for (auto [level, walk] : llvm::enumerate(walks)) {
      auto cone = collectCone(kernel, walk.roots, [&](Value value) {
        if (isFree(value) || !code.perElement.contains(value))
          return true;
        auto known = firstWalk.find(value);
        if (known == firstWalk.end())
          return false;
        if (!llvm::is_contained(wanted, std::pair(known->second, value)))
          wanted.push_back({known->second, value});
        return true;
      });
      for (Value value : cone)
        firstWalk[value] = level;
    }
    if (int64_t(wanted.size()) * *visits * step() > mostKept)
      return;
    // In the order of the region, whatever that of the walk above.
    auto number = [&](Value value) {
      Operation *op = value.getDefiningOp();
      return op ? std::distance(op->getBlock()->begin(), op->getIterator())
                : int64_t(cast<BlockArgument>(value).getArgNumber()) - 4096;
    };
    llvm::sort(wanted, [&](auto a, auto b) {
      return number(a.second) < number(b.second);
    });
    for (auto [level, value] : wanted)
      walks[level].kept.push_back({value, code.makeName("keep")});
    keepsValues = !wanted.empty();
  }

  //===-- Writing ---------------------------------------------------------===//

  void writePosition() {
    const std::string &type = code.index;
    std::string rows = code.countTrips(code.keptLoops);
    bool isSingle = code.keptLoops.empty();
    thread = lanes == 1 ? "0" : ownsBlock() ? "threadIdx.x" : "thread";
    if (isChunked()) {
      code.text.line("const int chunk = blockIdx.x % " +
                     Twine(partials.chunks) + ";");
      if (!isSingle)
        code.text.line("const int row = blockIdx.x / " +
                       Twine(partials.chunks) + ";");
      writePartialPointers(code, partials);
    } else if (ownsBlock()) {
      if (!isSingle)
        code.text.line("const " + type + " row = " + share.block + ";");
      if (share.isPart() && code.timesBatch(code.keptLoops))
        code.text.line("if (row >= " + rows + ") return;");
    } else {
      if (lanes > 1)
        code.text.line("const int thread = threadIdx.x % " + Twine(lanes) +
                       ";");
      std::string perBlock = std::to_string(threads / lanes);
      std::string inBlock =
          lanes == 1 ? "threadIdx.x" : "threadIdx.x / " + std::to_string(lanes);
      std::string at =
          code.widen(share.block) + " * " + perBlock + " + " + inBlock;
      if (lanes > 1 && lanes < warp) {
        // Lanes of rows behind the last stay for the others of their warp.
        code.text.line("const " + type + " slot = " + at + ";");
        code.text.line("const bool isActive = slot < " + rows + ";");
        code.text.line("const " + type + " row = isActive ? slot : 0;");
        guard = "isActive";
      } else {
        code.text.line("const " + type + " row = " + at + ";");
        code.text.line("if (row >= " + rows + ") return;");
      }
    }
    code.splitPosition(code.keptLoops, "row", point);
  }

  using VisitBody = llvm::function_ref<void(StringRef k)>;

  /// Loops over the thread's visits of a row around `body`, which is told the
  /// number of the visit if it is to keep values.
  void writeVisits(VisitBody body) {
    std::string all = code.countTrips(code.reducedLoops, step());
    if (keepsValues)
      writeNumberedVisits(all, body);
    else
      writeVisitLoop(all, body);
  }

  /// As many visits for every row: what they keep lies in registers.
  void writeNumberedVisits(const std::string &all, VisitBody body) {
    int64_t visits = *countVisits();
    bool isOne = visits == 1;
    if (!isOne) {
      code.text.directive("#pragma unroll");
      code.text.open("for (int k = 0; k < " + Twine(visits) + "; ++k)");
    } else {
      code.text.open("");
    }
    code.text.line("const int j = " + thread +
                   (isOne ? "" : " + k * " + std::to_string(lanes)) + ";");
    bool isEven = std::to_string(visits * lanes) == all;
    std::string inRow = isEven ? "" : "j < " + all;
    std::string condition = guard;
    if (!inRow.empty())
      condition += condition.empty() ? inRow : " && " + inRow;
    if (!condition.empty())
      code.text.open("if (" + condition + ")");
    body(isOne ? "0" : "k");
    if (!condition.empty())
      code.text.close();
    code.text.close();
  }

  void writeVisitLoop(const std::string &all, VisitBody body) {
    std::string begin = thread, end = all;
    if (isChunked()) {
      writeChunkBounds(code, partials, all);
      begin = "begin + threadIdx.x";
      end = "end";
    }
    std::string condition = "j < " + end;
    if (!guard.empty())
      condition = guard + " && " + condition;
    code.text.open("for (" + code.index + " j = " + begin + "; " + condition +
                   "; j += " + Twine(lanes) + ")");
    body("");
    code.text.close();
  }

  void writeWalk(unsigned level, Scope &row) {
    const Walk &walk = walks[level];
    if (walk.roots.empty())
      return;
    Scope known(&row);
    for (unsigned earlier = 0; earlier < level; ++earlier)
      for (const KeptValue &kept : walks[earlier].kept)
        known.set(kept.value, kept.array);
    // What is one for the row comes first.
    for (Value value : collectCone(kernel, walk.roots, [&](Value value) {
           return isFree(value) || !known.find(value).empty();
         }))
      if (!code.perElement.contains(value))
        writeScalar(code, value, point, row);
    for (const KeptValue &kept : walk.kept)
      code.text.line(registerType(kept.value.getType()) + " " + kept.array +
                     "[" + Twine(*countVisits() * step()) + "];");
    writeAccumulators(code, walk.folds);

    writeVisits([&](StringRef k) {
      Visit visit;
      visit.point = point;
      visit.wideLoop = wideLoop;
      visit.roots.assign(walk.roots.begin(), walk.roots.end());
      if (level + 1 == walks.size())
        visit.outputs = code.elementOutputs;
      visit.kept = walk.kept;
      visit.keptIndex = keptIndex(k);
      code.splitPosition(code.reducedLoops, "j", visit.point, step());
      Scope element(&row);
      for (unsigned earlier = 0; earlier < level; ++earlier)
        for (const KeptValue &kept : walks[earlier].kept)
          element.set(kept.value, kept.array + "[" + keptIndex(k) + "]");
      writeVisit(code, visit, element, [&](Scope &scope, StringRef) {
        for (unsigned fold : walk.folds) {
          std::string r = accumulatorOf(fold);
          std::string x = scope.find(code.reduces[fold].getX());
          code.text.line(r + " = " + combine(code.reduces[fold], r, x) + ";");
        }
      });
    });
    writeFold(walk.folds);
    for (unsigned fold : walk.folds)
      row.set(code.reduces[fold], accumulatorOf(fold));
  }

  std::string keptIndex(StringRef k) const {
    if (!wideLoop)
      return k.str();
    return k == "0" ? "lane" : (k + " * 4 + lane").str();
  }

  void writeFold(ArrayRef<unsigned> folds) {
    if (ownsBlock())
      writeBlockFold(code, folds, threads);
    else
      writeLaneFold(code, folds, lanes);
  }

  /// Thread 0 leaves the chunk's results; the last block goes on with all.
  void writeFinish() {
    std::string group = code.keptLoops.empty() ? "0" : "row";
    std::string start =
        group == "0" ? ""
                     : group + " * " + std::to_string(partials.chunks) + " + ";
    code.text.open("if (threadIdx.x == 0)");
    for (unsigned i = 0; i < code.reduces.size(); ++i)
      code.text.line("parts" + Twine(i) + "[" + start +
                     "chunk] = " + accumulatorOf(i) + ";");
    code.text.close();
    writeLastBlock(code, partials, group);
    SmallVector<unsigned> all;
    for (unsigned i = 0; i < code.reduces.size(); ++i) {
      all.push_back(i);
      code.text.line(accumulatorOf(i) + " = " + getIdentity(code.reduces[i]) +
                     ";");
    }
    code.text.open("for (int part = threadIdx.x; part < " +
                   Twine(partials.chunks) + "; part += " + Twine(threads) +
                   ")");
    for (unsigned i : all) {
      std::string part =
          "__ldcg(parts" + std::to_string(i) + " + " + start + "part)";
      code.text.line(accumulatorOf(i) + " = " +
                     combine(code.reduces[i], accumulatorOf(i), part) + ";");
    }
    code.text.close();
    writeBlockFold(code, all, threads);
  }

  void writeRowOutputs(Scope &row) {
    if (code.rowOutputs.empty())
      return;
    std::string condition = lanes > 1 ? thread + " == 0" : "";
    if (!guard.empty())
      condition = guard + " && " + condition;
    if (!condition.empty())
      code.text.open("if (" + condition + ")");
    Visit visit;
    visit.point = point;
    visit.outputs = code.rowOutputs;
    writeVisit(code, visit, row, [](Scope &, StringRef) {});
    if (!condition.empty())
      code.text.close();
  }

  struct Walk {
    SmallVector<unsigned> folds;
    SmallVector<Value> roots;
    SmallVector<KeptValue> kept;
  };

  KernelCode &code;
  const Share &share;
  kernel::FusedOp kernel;
  Point point;
  std::optional<unsigned> wideLoop;
  int64_t threads, lanes = 1;
  Partials partials;
  std::vector<Walk> walks;
  bool keepsValues = false;
  /// The thread's number among those of its row, and what must hold for a row
  /// to be there; may be empty.
  std::string thread, guard;
};

} // namespace

KernelText dlc::emit::cuda::writeRows(KernelCode &code) {
  return RowWriter(code, Share()).write();
}

int64_t dlc::emit::cuda::writeRowsOf(KernelCode &code, const Share &share) {
  RowWriter writer(code, share);
  writer.writeBody();
  return writer.countBlocks();
}
