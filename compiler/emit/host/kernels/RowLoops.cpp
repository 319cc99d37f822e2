// One row after the other: a walk for each level of reductions.
#include "compiler/emit/host/kernels/Chunks.h"
#include "compiler/emit/host/kernels/KernelLoops.h"
#include "compiler/emit/host/kernels/ScalarCode.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::emit::host;

namespace {

class RowWriter {
public:
  explicit RowWriter(KernelCode &code)
      : code(code), kernel(code.kernel), levels(kernel::findLevels(kernel)),
        perElement(kernel.findPerElement()), point(code.nest.loops.size()) {
    int64_t parallel = kernel.getSchedule()->getParallel();
    for (auto [i, loop] : llvm::enumerate(code.nest.loops))
      if (loop.reduced)
        reducedLoops.push_back(i);
      else if (loop.last < parallel)
        parallelLoops.push_back(i);
      else
        keptLoops.push_back(i);
    llvm::append_range(reduces, kernel.getBody().getOps<kernel::ReduceOp>());
    auto yield =
        cast<kernel::YieldOp>(kernel.getBody().front().getTerminator());
    for (auto [i, value] : llvm::enumerate(yield.getValues()))
      if (!reducedLoops.empty() &&
          kernel.getOutputMap(i) == kernel.getIdentityMap())
        elementOutputs.push_back({unsigned(i), value});
      else
        rowOutputs.push_back({unsigned(i), value});
  }

  void writeAll() {
    code.writeParallel(parallelLoops, point, [&](Value) {
      code.writeLoops(keptLoops, point, {}, [&](ValueRange) {
        Scope row;
        for (unsigned level = 0; level <= lastLevel(); ++level)
          writeWalk(level, row);
        writeOutputs(code, rowOutputs, point, row);
        return SmallVector<Value>();
      });
    });
  }

  /// Each chunk folds its share of the first reduced loop.
  void writeChunks() {
    code.writeParallel({}, point, [&](Value chunk) {
      Scope row;
      writeWalk(
          0, row,
          writeChunkBounds(code, code.nest.loops[reducedLoops.front()], chunk));
      for (auto [i, reduce] : llvm::enumerate(reduces))
        code.storeTo(locate(chunk, i), code.constant(0), row.find(reduce));
    });
  }

  /// Combines what the chunks left, in their order.
  void writeFinish() {
    Scope row;
    SmallVector<Value> initial;
    for (kernel::ReduceOp reduce : reduces)
      initial.push_back(writeIdentity(code, reduce));
    Value chunks = code.constant(kernel.getSchedule()->getChunks());
    auto results = code.writeLoop(
        code.constant(0), chunks, initial,
        [&](Value chunk, ValueRange carried) {
          SmallVector<Value> next;
          for (auto [i, reduce] : llvm::enumerate(reduces)) {
            Value partial = code.loadFrom(locate(chunk, i), code.constant(0),
                                          reduce.getType());
            next.push_back(writeCombine(code, reduce, carried[i], partial));
          }
          return next;
        });
    for (auto [reduce, result] : llvm::zip_equal(reduces, results))
      row.set(reduce, result);
    writeOutputs(code, rowOutputs, point, row);
  }

private:
  Value locate(Value chunk, unsigned reduce) {
    return locatePartials(code, chunk, reduce, reduces.size(), /*inner=*/1);
  }

  unsigned lastLevel() {
    unsigned last = 0;
    for (kernel::ReduceOp reduce : reduces)
      last = std::max(last, levels[reduce.getX()]);
    for (const Output &output : elementOutputs)
      last = std::max(last, levels[output.value]);
    return last;
  }

  /// Values per row that wait for no more than `level` reductions.
  void writeRowValues(unsigned level, Scope &row) {
    Block &block = kernel.getBody().front();
    auto write = [&](Value value) {
      if (!perElement.contains(value) && levels[value] <= level)
        writeScalar(code, value, point, row);
    };
    for (Value argument : block.getArguments())
      write(argument);
    for (Operation &op : block.without_terminator())
      if (!isa<kernel::ReduceOp>(op))
        for (Value result : op.getResults())
          write(result);
  }

  /// One walk over the row: every reduction of that level and, in the last
  /// walk, the outputs per element.
  void writeWalk(unsigned level, Scope &row,
                 std::optional<KernelCode::Bounds> bounds = std::nullopt) {
    SmallVector<kernel::ReduceOp> folds;
    llvm::copy_if(reduces, std::back_inserter(folds),
                  [&](auto reduce) { return levels[reduce.getX()] == level; });
    ArrayRef<Output> outputs;
    if (level == lastLevel())
      outputs = elementOutputs;
    writeRowValues(level, row);
    if (folds.empty() && outputs.empty())
      return;

    SmallVector<Value> initial;
    for (kernel::ReduceOp reduce : folds)
      initial.push_back(writeIdentity(code, reduce));
    auto writeElement = [&](ValueRange carried) {
      Scope element(&row);
      SmallVector<Value> next;
      for (auto [reduce, accumulator] : llvm::zip_equal(folds, carried)) {
        Value x = writeScalar(code, reduce.getX(), point, element);
        next.push_back(writeCombine(code, reduce, accumulator, x));
      }
      writeOutputs(code, outputs, point, element);
      return next;
    };
    auto results =
        code.writeLoops(reducedLoops, point, initial, writeElement, bounds);
    for (auto [reduce, result] : llvm::zip_equal(folds, results))
      row.set(reduce, result);
  }

  KernelCode &code;
  kernel::FusedOp kernel;
  llvm::DenseMap<Value, unsigned> levels;
  llvm::DenseSet<Value> perElement;
  Point point;
  SmallVector<unsigned> parallelLoops, keptLoops, reducedLoops;
  SmallVector<kernel::ReduceOp> reduces;
  SmallVector<Output> elementOutputs, rowOutputs;
};

} // namespace

void dlc::emit::host::writeRows(KernelCode &code, StageKind stage) {
  writeStage(RowWriter(code), stage);
}
