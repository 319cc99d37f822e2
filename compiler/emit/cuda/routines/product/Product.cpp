// Matrix products by tiles in shared memory: the stages and their grids. The
// loop over the depth is in ProductLoop.cpp.
#include "compiler/emit/cuda/routines/product/Product.h"

#include "compiler/emit/cuda/routines/product/ProductLoop.h"

namespace dlc::emit::cuda::routines {
namespace {

constexpr int64_t mostBlocks = 65535; // of a grid's second and third dimension
constexpr uint32_t reduceThreads = 256;

/// The blocks of a processor for which there shall be registers. Left to guess,
/// ptxas hopes for too many and spills a few; only the largest tile, whose two
/// blocks just about fit, it judges better itself.
uint32_t countBlocks(const Tile &tile) {
  if (tile.rowsEach * tile.columnsEach == 64)
    return 1;
  return std::max<int64_t>(2, 256 / tile.threads());
}

/// Which dimension of the grid runs over what.
enum class Walk {
  Rows,    // x: tiles of rows, y: tiles of columns, z: parts and slices
  Columns, // x: tiles of columns, y: tiles of rows, z: parts and slices
  Parts    // x: parts and tiles, z: slices
};

class ProductWriter {
public:
  ProductWriter(const RoutineCall &call, Code &code, const Product &product,
                llvm::ArrayRef<std::string> names)
      : call(call), code(code), product(product), names(names),
        plan(planProduct(evaluate(product.parts, call.maxBatch),
                         evaluate(product.rows, call.maxBatch),
                         evaluate(product.columns, call.maxBatch),
                         evaluate(product.depth, call.maxBatch))),
        lanes(product.vectorResult ? 4 : 1), index(call.indexType()) {
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
  Count countResults() const {
    return product.parts * product.rows * product.columns;
  }

  artifact::DeviceStage describeTiles() const;
  void describePlan();
  void writeTiles();
  void writeBlock();
  void writeSlice();
  void writePartial();
  void writeResult();
  void writeSums();
  void writeReduce();

  const RoutineCall &call;
  Code &code;
  const Product &product;
  llvm::ArrayRef<std::string> names;
  Plan plan;
  Lanes lanes; // of results
  std::string index;
  Walk walk;
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
  code.line("// A block computes a tile of {} x {} results, {} deep at a time, "
            "a thread {} x {} of them.",
            tile.rows, tile.columns, tile.depth, tile.rowsEach,
            tile.columnsEach);
  if (plan.slices > 1)
    code.line("// {} slices of the depth are added up side by side, then in "
              "their order by @NAME@_reduce.",
              plan.slices);
}

/// Which tile and part the block has.
void ProductWriter::writeBlock() {
  const Tile &tile = plan.tile;
  code.line("constexpr int tileRows = {}, tileColumns = {}, tileDepth = {};",
            tile.rows, tile.columns, tile.depth);
  std::string tileRow = "blockIdx.x", tileColumn = "blockIdx.x", part;
  switch (walk) {
  case Walk::Rows:
    tileColumn = columnTiles() == 1 ? "0" : "blockIdx.y";
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

/// Writes `value`, the sum at `row` and `column` over the block's slice.
void ProductWriter::writePartial() {
  std::string line = "slice";
  if (!product.isOnePart())
    line = fmt::format("({} + {})", times("slice", product.parts),
                       product.partName);
  line = fmt::format("({} + row)", times(line, product.rows));
  code.line(
      "{} = value;",
      lanes.target("scratch", sum({times(line, product.columns), "column"})));
}

/// Writes `value`, the sum at `row` and `column`, where the result has that.
void ProductWriter::writeResult() {
  Place place = product.locate(code);
  if (!place.condition.empty())
    code.open("if ({})", place.condition);
  code.line("const {} offset = {};", index, place.offset);
  writeEpilogue(code, lanes, product.bias, product.relu);
  code.line("{} = value;", lanes.target(names.back(), "offset"));
  if (!place.condition.empty())
    code.close();
}

/// Writes a thread's sums, row by row.
void ProductWriter::writeSums() {
  const Tile &tile = plan.tile;
  int64_t rowQuads = tile.rowsEach / 4, columnQuads = tile.columnsEach / 4;
  auto fits = [](Count count, int64_t size) {
    return !count.timesBatch && count.trips % size == 0;
  };
  std::string inside =
      all({fits(product.rows, tile.rows) ? "" : "row < " + toText(product.rows),
           fits(product.columns, tile.columns)
               ? ""
               : "column < " + toText(product.columns)});
  // Quads of rows and columns lie as far apart as the tile allows.
  std::string row = "i", column = lanes.width == 4 ? "" : "j";
  if (rowQuads > 1)
    row = fmt::format("i / 4 * {} + i % 4", tile.rows / rowQuads);
  if (columnQuads > 1)
    column = fmt::format("j / 4 * {}{}", tile.columns / columnQuads,
                         lanes.width == 4 ? "" : " + j % 4");
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
  if (plan.slices > 1)
    writePartial();
  else
    writeResult();
  if (!inside.empty())
    code.close();
  code.close();
  code.close();
}

void ProductWriter::writeTiles() {
  uint32_t threads = plan.tile.threads();
  call.openKernel(code, "", threads, names, plan.slices > 1,
                  countBlocks(plan.tile));
  describePlan();
  writeBlock();
  writeSlice();
  code.blank();
  ProductLoop(code, product, plan, index).write();
  code.blank();
  writeSums();
  code.close();
}

/// The second stage: adds the slices of each result in their order.
void ProductWriter::writeReduce() {
  call.openKernel(code, "_reduce", reduceThreads, names, true);
  code.line("const {} results = {};", index, toText(countResults()));
  code.line("const {} place = {};", index,
            times(fmt::format("(blockIdx.x * {} + threadIdx.x)", reduceThreads),
                  lanes.width));
  code.line("if (place >= results)");
  code.line("  return;");
  code.line("{} value = {};", lanes.type(), lanes.load("scratch", "place"));
  code.open("for (int slice = 1; slice < {}; ++slice)", plan.slices);
  code.line("const {} next = {};", lanes.type(),
            lanes.load("scratch", "slice * results + place"));
  for (const char *part : lanes.parts())
    code.line("value{0} += next{0};", part);
  code.close();
  declarePlace(code, product, index, "place");
  if (product.enterPart)
    product.enterPart(code);
  writeResult();
  code.close();
}

Expected<KernelText> ProductWriter::write() {
  KernelText kernel;
  kernel.stages.push_back(describeTiles());
  if (kernel.stages[0].gridY > mostBlocks ||
      kernel.stages[0].gridZ > mostBlocks)
    return call.failShapes(
        fmt::format("a grid has at most {} blocks along y and z", mostBlocks));
  writeTiles();
  if (plan.slices > 1) {
    code.blank();
    writeReduce();
    artifact::DeviceStage reduce;
    reduce.symbol = "@NAME@_reduce";
    reduce.extent = countResults();
    reduce.perBlock = reduceThreads * lanes.width;
    reduce.threads = reduceThreads;
    kernel.stages.push_back(reduce);
    kernel.scratchBytes = evaluate(countResults(), call.maxBatch) *
                          plan.slices * int64_t(sizeof(float));
  }
  kernel.text = code.take();
  return kernel;
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

void writeEpilogue(Code &code, const Lanes &lanes, const std::string &bias,
                   bool relu) {
  if (!bias.empty()) {
    code.line("const {} added = {};", lanes.type(), lanes.load("bias", bias));
    for (const char *part : lanes.parts())
      code.line("value{0} += added{0};", part);
  }
  if (relu)
    for (const char *part : lanes.parts())
      code.line("value{0} = value{0} <= 0.0f ? 0.0f : value{0};", part);
}

Expected<KernelText> writeProduct(const RoutineCall &call, Code &code,
                                  const Product &product,
                                  llvm::ArrayRef<std::string> names) {
  return ProductWriter(call, code, product, names).write();
}

} // namespace dlc::emit::cuda::routines
