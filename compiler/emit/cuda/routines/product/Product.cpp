// Matrix products by tiles in shared memory: the grid, the slices of the depth,
// the results. The loop over the depth is in ProductLoop.cpp.
#include "compiler/emit/cuda/routines/product/Product.h"

#include "compiler/emit/cuda/routines/product/ProductLoop.h"
#include "compiler/emit/cuda/routines/product/TensorLoop.h"

namespace dlc::emit::cuda::routines {
namespace {

constexpr int64_t mostBlocks = 65535; // of a grid's second and third dimension

/// Which dimension of the grid runs over what.
enum class Walk {
  Rows,    // x: tiles of rows, y: tiles of columns, z: parts and slices
  Columns, // x: tiles of columns, y: tiles of rows, z: parts and slices
  Parts    // x: parts and tiles, z: slices
};

class ProductWriter {
public:
  ProductWriter(RoutineCall &call, Code &code, const Product &product,
                llvm::ArrayRef<std::string> names)
      : call(call), code(code), product(product), names(names),
        plan(planProduct({evaluate(product.parts, call.maxBatch),
                          evaluate(product.rows, call.maxBatch),
                          evaluate(product.columns, call.maxBatch),
                          evaluate(product.depth, call.maxBatch)},
                         call.precision(), call.epilogue.has_value())),
        lanes(product.vectorResult && call.mayWiden() ? 4 : 1),
        index(call.indexType()) {
    if (product.parts.timesBatch)
      walk = Walk::Parts;
    else if (product.columns.timesBatch)
      walk = Walk::Columns;
    else
      walk = Walk::Rows;
  }

  Expected<KernelText> write();

private:
  int64_t rowTiles() const {
    return ceilDiv(product.rows.trips, plan.tile.rows);
  }
  int64_t columnTiles() const {
    return ceilDiv(product.columns.trips, plan.tile.columns);
  }
  /// Tiles of results, for the largest batch.
  int64_t countTiles(const artifact::DeviceStage &stage) const {
    int64_t blocks =
        ceilDiv(evaluate(stage.extent, call.maxBatch), stage.perBlock);
    return blocks * stage.gridY * (stage.gridZ / plan.slices);
  }

  /// How far a thread's quads of columns lie apart.
  int64_t columnStep() const {
    return plan.tile.onTensorCores()
               ? 16
               : plan.tile.columns / (plan.tile.columnsEach / 4);
  }
  std::string rowOf(const char *i) const;
  std::string columnOf(const char *j) const;
  std::string lineOfThread() const;
  void orderBlocks();
  artifact::DeviceStage describeTiles() const;
  void describePlan();
  void writeTiles();
  void writeBlock();
  void writeSlice();
  void openSums();
  void closeSums();
  void joinSlices();
  void writeResult();
  void writeSums();
  bool hasColumnSums() const {
    return call.epilogue && call.epilogue->hasSums();
  }
  int64_t scratchOfSlices() const;
  ColumnTiles describeColumns() const;

  RoutineCall &call;
  Code &code;
  const Product &product;
  llvm::ArrayRef<std::string> names;
  Plan plan;
  Lanes lanes; // of results
  std::string index;
  Walk walk;
  std::string tileRow = "blockIdx.x", tileColumn = "blockIdx.x";
};

artifact::DeviceStage ProductWriter::describeTiles() const {
  artifact::DeviceStage stage;
  stage.symbol = "@NAME@";
  stage.threads = plan.tile.threads();
  int64_t parts = product.parts.trips;
  switch (walk) {
  case Walk::Rows:
    stage.extent = product.rows;
    stage.perBlock = plan.tile.rows;
    stage.gridY = columnTiles();
    stage.gridZ = parts * plan.slices;
    break;
  case Walk::Columns:
    stage.extent = product.columns;
    stage.perBlock = plan.tile.columns;
    stage.gridY = rowTiles();
    stage.gridZ = parts * plan.slices;
    break;
  case Walk::Parts:
    stage.extent = product.parts * (rowTiles() * columnTiles());
    stage.gridZ = plan.slices;
    break;
  }
  return stage;
}

void ProductWriter::describePlan() {
  const Tile &tile = plan.tile;
  if (tile.onTensorCores())
    code.line("// A block computes a tile of {} x {} results, {} deep at a "
              "time, a warp {} x {} of them by {} tensor cores.",
              tile.rows, tile.columns, tile.depth, tile.warpRows(),
              tile.warpColumns(), nameOf(plan.precision));
  else
    code.line("// A block computes a tile of {} x {} results, {} deep at a "
              "time, a thread {} x {} of them.",
              tile.rows, tile.columns, tile.depth, tile.rowsEach,
              tile.columnsEach);
  if (plan.slices > 1)
    code.line("// {} slices of the depth are added up side by side, then in "
              "their order by the last block of a tile.",
              plan.slices);
}

/// Where number `i` of a thread's rows lies behind its first.
std::string ProductWriter::rowOf(const char *i) const {
  const Tile &tile = plan.tile;
  // Quads of rows and columns lie as far apart as the tile allows.
  int64_t step = tile.rows / (tile.rowsEach / 4);
  if (tile.onTensorCores()) {
    if (takesHalves(plan.precision))
      return fmt::format("{} * 8", i);
    step = 32;
  }
  if (tile.rowsEach == 4)
    return i;
  return fmt::format("{0} / 4 * {1} + {0} % 4", i, step);
}

std::string ProductWriter::columnOf(const char *j) const {
  if (plan.tile.columnsEach == 4)
    return j;
  return fmt::format("{0} / 4 * {1} + {0} % 4", j, columnStep());
}

/// Which of the threads above each other that have the same columns.
std::string ProductWriter::lineOfThread() const {
  const Tile &tile = plan.tile;
  if (!tile.onTensorCores())
    return fmt::format("threadIdx.x / {}", tile.columns / tile.columnsEach);
  int64_t across = tile.columns / tile.warpColumns();
  return fmt::format("threadIdx.x / {} * 8 + threadIdx.x % 32 / 4",
                     across * 32);
}

/// Blocks that run at the same time have some tiles of rows and some of
/// columns, so that they read less in all: up to eight tiles of columns before
/// the next tile of rows.
void ProductWriter::orderBlocks() {
  int64_t columns = columnTiles(), most = std::min<int64_t>(columns, 8);
  code.line("const int number = blockIdx.y * gridDim.x + blockIdx.x;");
  if (columns == most) {
    code.line("const int tileRow = number / {0}, tileColumn = number % {0};",
              most);
  } else {
    code.line("const int bandFirst = number / ({0} * gridDim.x) * {0}, "
              "inBand = number - bandFirst * gridDim.x;",
              most);
    std::string across = std::to_string(most);
    if (columns % most) {
      code.line("const int across = min({}, {} - bandFirst);", most, columns);
      across = "across";
    }
    code.line("const int tileRow = inBand / {0}, tileColumn = bandFirst + "
              "inBand % {0};",
              across);
  }
  tileRow = "tileRow";
  tileColumn = "tileColumn";
}

/// Which tile and part the block has.
void ProductWriter::writeBlock() {
  const Tile &tile = plan.tile;
  code.line("constexpr int tileRows = {}, tileColumns = {}, tileDepth = {};",
            tile.rows, tile.columns, tile.depth);
  std::string part;
  switch (walk) {
  case Walk::Rows:
    tileColumn = columnTiles() == 1 ? "0" : "blockIdx.y";
    if (tile.onTensorCores() && columnTiles() > 1)
      orderBlocks();
    break;
  case Walk::Columns:
    tileRow = rowTiles() == 1 ? "0" : "blockIdx.y";
    break;
  case Walk::Parts:
    tileRow = coordinate("blockIdx.x", 1, rowTiles());
    tileColumn = coordinate("blockIdx.x", rowTiles(), columnTiles());
    part = coordinate("blockIdx.x", rowTiles() * columnTiles(), 0);
    break;
  }
  if (walk != Walk::Parts)
    part = coordinate("blockIdx.z", plan.slices, 0);
  code.line("const {} firstRow = {}, firstColumn = {};", index,
            times(tileRow, tile.rows), times(tileColumn, tile.columns));
  if (!product.isOnePart())
    code.line("const {} {} = {};", index, product.partName, part);
  if (product.enterPart)
    product.enterPart(code);
}

/// The part of the depth that the block adds up: [begin, end).
void ProductWriter::writeSlice() {
  std::string depth = toText(product.depth);
  if (!product.emptyIf.empty())
    depth = fmt::format("{} ? 0 : {}", product.emptyIf, depth);
  if (plan.slices == 1) {
    code.line("const {} begin = 0, end = {};", index, depth);
    return;
  }
  int64_t step = plan.slices * plan.tile.depth;
  bool alone = walk == Walk::Parts || product.isOnePart();
  code.line("const {} slice = blockIdx.z{};", index,
            alone ? "" : fmt::format(" % {}", plan.slices));
  code.line("const {} depth = {};", index, depth);
  code.line("const {} perSlice = (depth + {}) / {} * tileDepth;", index,
            step - 1, step);
  code.line("const {} begin = slice * perSlice, end = min(begin + perSlice, "
            "depth);",
            index);
}

/// Opens loops over a thread's sums: four of a row, sum[i][j] and on.
void ProductWriter::openSums() {
  code.line("#pragma unroll");
  code.open("for (int i = 0; i < {}; ++i)", plan.tile.rowsEach);
  code.line("#pragma unroll");
  code.open("for (int j = 0; j < {}; j += 4)", plan.tile.columnsEach);
}

void ProductWriter::closeSums() {
  code.close();
  code.close();
}

/// Leaves the slice's sums in scratch, thread beside thread. The last block of
/// the tile gets the sums of all slices, in their order.
void ProductWriter::joinSlices() {
  const Tile &tile = plan.tile;
  artifact::DeviceStage stage = describeTiles();
  std::string above;
  if (stage.gridZ > plan.slices)
    above = fmt::format("blockIdx.z / {}", plan.slices);
  if (stage.gridY > 1)
    above = above.empty()
                ? "blockIdx.y"
                : fmt::format("({} * {} + blockIdx.y)", above, stage.gridY);
  code.line("const int tile = {}blockIdx.x;",
            above.empty() ? "" : above + " * gridDim.x + ");
  int64_t quads = tile.rowsEach * tile.columnsEach / 4;
  std::string share =
      times(tile.columnsEach == 4
                ? "i"
                : fmt::format("(i * {} + j / 4)", tile.columnsEach / 4),
            tile.threads());
  code.line("// The slices' sums lie side by side, {} quads of each thread.",
            quads);
  code.line("float4 *const shares = reinterpret_cast<float4 *>(scratch) + tile "
            "* {} + threadIdx.x;",
            plan.slices * quads * tile.threads());
  openSums();
  code.line("shares[slice * {} + {}] = {{sum[i][j], sum[i][j + 1], sum[i][j + "
            "2], sum[i][j + 3]}};",
            quads * tile.threads(), share);
  closeSums();
  code.line("if (!isLastBlock(&@NAME@_done[tile], {}))", plan.slices);
  code.line("  return;");
  // A slice's loads are enough to be in flight; more would take registers.
  code.line("#pragma unroll 1");
  code.open("for (int other = 0; other < {}; ++other)", plan.slices);
  openSums();
  code.line("const float4 next = __ldcg(&shares[other * {} + {}]);",
            quads * tile.threads(), share);
  for (auto [i, part] : llvm::enumerate(Lanes(4).parts())) {
    std::string sum = fmt::format("sum[i][{}]", plus("j", int64_t(i)));
    code.line("{0} = (other ? {0} : 0.0f) + next{1};", sum, part);
  }
  closeSums();
  code.close();
}

/// Writes `value`, the sum at `row` and `column`, where the result has that.
void ProductWriter::writeResult() {
  Place place = product.locate(code);
  if (!place.condition.empty())
    code.open("if ({})", place.condition);
  code.line("const {} offset = {};", index, place.offset);
  writeEpilogue(call, code, lanes, product.bias, product.relu);
  Element element = describeElement(product);
  element.accumulator = "j";
  call.finishElement(code, lanes, names.back(), element);
  if (!place.condition.empty())
    code.close();
}

/// Writes a thread's sums, row by row.
void ProductWriter::writeSums() {
  const Tile &tile = plan.tile;
  auto fits = [](Count count, int64_t size) {
    return !count.timesBatch && count.trips % size == 0;
  };
  std::string inside =
      all({fits(product.rows, tile.rows) ? "" : "row < " + toText(product.rows),
           fits(product.columns, tile.columns)
               ? ""
               : "column < " + toText(product.columns)});
  if (hasColumnSums())
    call.epilogue->declareSums(code, tile.columnsEach);
  std::string row = rowOf("i");
  std::string column =
      lanes.width == 1 ? columnOf("j") : times("j / 4", columnStep());
  if (tile.columnsEach == 4 && lanes.width == 4)
    column.clear();
  code.line("#pragma unroll");
  code.open("for (int i = 0; i < {}; ++i)", tile.rowsEach);
  code.line("const {} row = firstRow + threadRow + {};", index, row);
  code.line("#pragma unroll");
  code.open("for (int j = 0; j < {}; j += {})", tile.columnsEach, lanes.width);
  code.line("const {} column = firstColumn + threadColumn{}{};", index,
            column.empty() ? "" : " + ", column);
  if (!inside.empty())
    code.open("if ({})", inside);
  if (lanes.width == 4)
    code.line("float4 value = {{sum[i][j], sum[i][j + 1], sum[i][j + 2], "
              "sum[i][j + 3]}};");
  else
    code.line("float value = sum[i][j];");
  writeResult();
  if (!inside.empty())
    code.close();
  code.close();
  code.close();
}

void ProductWriter::writeTiles() {
  uint32_t threads = plan.tile.threads();
  if (plan.slices > 1)
    code.line("__device__ unsigned int @NAME@_done[{}];",
              countTiles(describeTiles()));
  if (hasColumnSums())
    ColumnSums(describeColumns(), call.epilogue->listSums())
        .declareCounters(code);
  call.openKernel(code, threads, names, plan.slices > 1 || hasColumnSums(),
                  plan.tile.blocks);
  describePlan();
  writeBlock();
  writeSlice();
  code.blank();
  if (plan.tile.onTensorCores())
    TensorLoop(code, product, plan, index).write();
  else
    ProductLoop(code, product, plan, index).write();
  code.blank();
  if (plan.slices > 1)
    joinSlices();
  writeSums();
  if (hasColumnSums()) {
    code.blank();
    call.epilogue->writeSums(code, describeColumns());
  }
  code.close();
}

/// In floats, for the largest batch.
int64_t ProductWriter::scratchOfSlices() const {
  if (plan.slices == 1)
    return 0;
  return countTiles(describeTiles()) * plan.slices * plan.tile.rows *
         plan.tile.columns;
}

/// Blocks that have tiles of the same columns: all tiles of rows of all parts.
ColumnTiles ProductWriter::describeColumns() const {
  const Tile &tile = plan.tile;
  ColumnTiles columns;
  columns.columns = product.columns.trips;
  columns.columnsOfTile = tile.columns;
  columns.firstColumn = "firstColumn";
  columns.lines = tile.rows / tile.rowsEach;
  columns.line = lineOfThread();
  columns.perThread = tile.columnsEach;
  columns.columnOfAccumulator = "threadColumn + " + columnOf("j");
  columns.tile = tileColumn;
  columns.tiles = columnTiles();
  columns.block = tileRow;
  columns.blocks = "gridDim.x";
  if (!product.isOnePart()) {
    columns.block =
        fmt::format("{} * gridDim.x + {}", product.partName, tileRow);
    columns.blocks = times("gridDim.x", product.parts);
  }
  columns.mostBlocks =
      ceilDiv(evaluate(product.rows, call.maxBatch), tile.rows) *
      product.parts.trips;
  columns.scratchBegin = scratchOfSlices();
  return columns;
}

Expected<KernelText> ProductWriter::write() {
  if (auto checked = call.check(); !checked)
    return dlc::Unexpected(checked.error());
  artifact::DeviceStage stage = describeTiles();
  if (hasColumnSums() && (walk != Walk::Rows || !product.sharesColumns))
    return call.failShapes("only columns of one matrix are added up");
  if (stage.gridY > mostBlocks || stage.gridZ > mostBlocks)
    return call.failShapes(
        fmt::format("a grid has at most {} blocks along y and z", mostBlocks));
  writeTiles();
  if (plan.tile.onTensorCores())
    stage.sharedBytes = TensorLoop::sharedBytes(plan);
  int64_t scratch = scratchOfSlices() * int64_t(sizeof(float));
  if (hasColumnSums())
    scratch =
        ColumnSums(describeColumns(), call.epilogue->listSums()).scratchBytes();
  return KernelText{code.take(), {stage}, scratch};
}

} // namespace

void declarePlace(Code &code, const Product &product, const std::string &index,
                  const std::string &place) {
  auto dividedBy = [&](Count count) {
    return count == fixed(1) ? place
                             : fmt::format("{} / {}", place, asFactor(count));
  };
  if (!product.isOnePart())
    code.line("const {} {} = {};", index, product.partName,
              dividedBy(product.rows * product.columns));
  if (product.rows != fixed(1))
    code.line("const {} row = {}{};", index, dividedBy(product.columns),
              product.isOnePart() ? "" : " % " + asFactor(product.rows));
  if (product.columns != fixed(1))
    code.line("const {} column = {} % {};", index, place,
              asFactor(product.columns));
}

Element describeElement(const Product &product) {
  Element element{"value", "offset"};
  if (product.columns.timesBatch ||
      !(product.isOnePart() || product.sharesColumns))
    return element;
  if (product.isOnePart())
    element.row = indexOver("row", product.rows);
  element.column = indexOver("column", product.columns);
  element.columns = product.columns.trips;
  return element;
}

int64_t widestAccess(Precision precision,
                     llvm::function_ref<bool(int64_t)> isAligned) {
  int64_t least = takesHalves(precision) ? 2 : 4;
  for (int64_t width = 16 / elementBytes(precision); width >= least; width /= 2)
    if (isAligned(width))
      return width;
  return 1;
}

void writeEpilogue(const RoutineCall &call, Code &code, const Lanes &lanes,
                   const std::string &bias, bool relu) {
  if (!bias.empty()) {
    if (isHalf(call.result.dtype))
      code.line("value = {};", call.widen(call.round("value")));
    code.line("const {} added = {};", lanes.type(),
              call.read(lanes, "bias", bias));
    for (const char *part : lanes.parts())
      code.line("value{0} += added{0};", part);
  }
  if (relu)
    for (const char *part : lanes.parts())
      code.line("value{0} = value{0} <= 0.0f ? 0.0f : value{0};", part);
}

Expected<KernelText> writeProduct(RoutineCall &call, Code &code,
                                  const Product &product,
                                  llvm::ArrayRef<std::string> names) {
  return ProductWriter(call, code, product, names).write();
}

} // namespace dlc::emit::cuda::routines
