// Rows are added up element by element, a tile of the inner dim at a time.
#include "compiler/emit/host/kernels/Chunks.h"
#include "compiler/emit/host/kernels/KernelLoops.h"
#include "compiler/emit/host/kernels/ScalarCode.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::emit::host;

/// Elements of an accumulator: with eight of them 16 KiB, half of a cache.
static constexpr int64_t largestTile = 512;

namespace {

class ColumnWriter {
public:
  explicit ColumnWriter(KernelCode &code)
      : code(code), kernel(code.kernel), point(code.nest.loops.size()) {
    int64_t parallel = kernel.getSchedule()->getParallel();
    bool inside = false;
    for (auto [i, loop] : llvm::enumerate(code.nest.loops)) {
      inside |= loop.reduced;
      if (loop.reduced)
        reducedLoops.push_back(i);
      else if (inside)
        innerLoops.push_back(i);
      else if (loop.last < parallel)
        parallelLoops.push_back(i);
      else
        outerLoops.push_back(i);
    }
    lane = innerLoops.pop_back_val();
    llvm::append_range(reduces, kernel.getBody().getOps<kernel::ReduceOp>());
    auto yield =
        cast<kernel::YieldOp>(kernel.getBody().front().getTerminator());
    for (auto [i, value] : llvm::enumerate(yield.getValues())) {
      bool isElement = kernel.getOutputMap(i) == kernel.getIdentityMap();
      (isElement ? elementOutputs : rowOutputs).push_back({unsigned(i), value});
    }
    chooseTile();
    for (kernel::ReduceOp reduce : reduces)
      accumulators.push_back(code.allocate(reduce.getType(), tile));
  }

  void writeAll() {
    code.writeParallel(parallelLoops, point, [&](Value) {
      code.writeLoops(outerLoops, point, {}, [&](ValueRange) {
        writeTiles([&](Value start, Value size) {
          accumulate(start, size, std::nullopt);
          writeLanes(start, size, [&](Value i) { writeRowOutputs(i); });
        });
        return SmallVector<Value>();
      });
    });
  }

  void writeChunks() {
    code.writeParallel({}, point, [&](Value chunk) {
      const kernel::Loop &first = code.nest.loops[reducedLoops.front()];
      KernelCode::Bounds bounds = writeChunkBounds(code, first, chunk);
      writeTiles([&](Value start, Value size) {
        accumulate(start, size, bounds);
        writeLanes(start, size, [&](Value i) {
          for (auto [number, reduce] : llvm::enumerate(reduces))
            code.storeTo(
                locate(chunk, number), locateInner(),
                code.loadFrom(accumulators[number], i, reduce.getType()));
        });
      });
    });
  }

  void writeFinish() {
    writeTiles([&](Value start, Value size) {
      writeInitial(start, size);
      Value chunks = code.constant(kernel.getSchedule()->getChunks());
      code.writeLoop(
          code.constant(0), chunks, {}, [&](Value chunk, ValueRange) {
            writeLanes(start, size, [&](Value i) {
              for (auto [number, reduce] : llvm::enumerate(reduces))
                combine(number, i,
                        code.loadFrom(locate(chunk, number), locateInner(),
                                      reduce.getType()));
            });
            return SmallVector<Value>();
          });
      writeLanes(start, size, [&](Value i) { writeRowOutputs(i); });
    });
  }

private:
  /// As few tiles as fit, and equal ones where that is possible.
  void chooseTile() {
    const kernel::Loop &loop = code.nest.loops[lane];
    int64_t trips = loop.timesBatch ? largestTile : loop.trips;
    int64_t tiles = llvm::divideCeil(trips, largestTile);
    tile = trips % tiles == 0
               ? trips / tiles
               : llvm::alignTo(llvm::divideCeil(trips, tiles), 16);
  }

  /// Loops over the inner dims and over the tiles of the last one.
  void writeTiles(llvm::function_ref<void(Value, Value)> body) {
    const kernel::Loop &loop = code.nest.loops[lane];
    ImplicitLocOpBuilder &b = code.b;
    code.writeLoops(innerLoops, point, {}, [&](ValueRange) {
      Value size = code.constant(tile);
      if (!loop.timesBatch && loop.trips == tile) {
        body(code.constant(0), size);
        return SmallVector<Value>();
      }
      Value trips = code.countTrips(loop);
      Value tiles = arith::CeilDivUIOp::create(b, trips, size);
      code.writeLoop(code.constant(0), tiles, {}, [&](Value i, ValueRange) {
        Value start = arith::MulIOp::create(b, i, size);
        Value rest = size;
        if (loop.timesBatch || loop.trips % tile != 0)
          rest = arith::MinSIOp::create(b, size,
                                        arith::SubIOp::create(b, trips, start));
        body(start, rest);
        return SmallVector<Value>();
      });
      return SmallVector<Value>();
    });
  }

  /// The innermost loop: positions within the tile.
  void writeLanes(Value start, Value size,
                  llvm::function_ref<void(Value)> body) {
    code.writeLoop(code.constant(0), size, {}, [&](Value i, ValueRange) {
      point[lane] = arith::AddIOp::create(code.b, start, i);
      body(i);
      return SmallVector<Value>();
    });
  }

  void writeInitial(Value start, Value size) {
    writeLanes(start, size, [&](Value i) {
      for (auto [number, reduce] : llvm::enumerate(reduces))
        code.storeTo(accumulators[number], i, writeIdentity(code, reduce));
    });
  }

  void combine(unsigned number, Value i, Value x) {
    kernel::ReduceOp reduce = reduces[number];
    Value sum = code.loadFrom(accumulators[number], i, reduce.getType());
    code.storeTo(accumulators[number], i, writeCombine(code, reduce, sum, x));
  }

  /// All reduced rows of a tile.
  void accumulate(Value start, Value size,
                  std::optional<KernelCode::Bounds> bounds) {
    writeInitial(start, size);
    auto writeRow = [&](ValueRange) {
      writeLanes(start, size, [&](Value i) {
        Scope element;
        for (auto [number, reduce] : llvm::enumerate(reduces))
          combine(number, i, writeScalar(code, reduce.getX(), point, element));
        writeOutputs(code, elementOutputs, point, element);
      });
      return SmallVector<Value>();
    };
    code.writeLoops(reducedLoops, point, {}, writeRow, bounds);
  }

  void writeRowOutputs(Value i) {
    Scope row;
    for (auto [number, reduce] : llvm::enumerate(reduces))
      row.set(reduce, code.loadFrom(accumulators[number], i, reduce.getType()));
    writeOutputs(code, rowOutputs, point, row);
  }

  Value locate(Value chunk, unsigned reduce) {
    int64_t inner = code.nest.loops[lane].trips;
    for (unsigned loop : innerLoops)
      inner *= code.nest.loops[loop].trips;
    return locatePartials(code, chunk, reduce, reduces.size(), inner);
  }

  /// The position among all inner elements.
  Value locateInner() {
    ImplicitLocOpBuilder &b = code.b;
    Value position = code.constant(0);
    for (unsigned loop : innerLoops) {
      Value trips = code.countTrips(code.nest.loops[loop]);
      position = arith::AddIOp::create(
          b, arith::MulIOp::create(b, position, trips), point[loop]);
    }
    Value trips = code.countTrips(code.nest.loops[lane]);
    return arith::AddIOp::create(b, arith::MulIOp::create(b, position, trips),
                                 point[lane]);
  }

  KernelCode &code;
  kernel::FusedOp kernel;
  Point point;
  SmallVector<unsigned> parallelLoops, outerLoops, reducedLoops, innerLoops;
  /// The innermost loop, over which the accumulators lie.
  unsigned lane = 0;
  int64_t tile = 1;
  SmallVector<kernel::ReduceOp> reduces;
  SmallVector<Value> accumulators;
  SmallVector<Output> elementOutputs, rowOutputs;
};

} // namespace

void dlc::emit::host::writeColumns(KernelCode &code, StageKind stage) {
  writeStage(ColumnWriter(code), stage);
}
