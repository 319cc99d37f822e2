// "gather" and "scatter_add": rows of a table by their numbers, with the
// meaning that runtime/host/library/Gather.cpp gives them. An index below 0
// counts from the end; one outside gives NaN, and its updates go nowhere.
#include "compiler/emit/cuda/routines/Lanes.h"
#include "compiler/emit/cuda/routines/RoutineCall.h"

namespace dlc::emit::cuda::routines {
namespace {

constexpr uint32_t threads = 256;

/// A table, how many rows of it are named, and how long they are.
struct Rows {
  int64_t rows, width;
  Count count;
};

Expected<Rows> readRows(const RoutineCall &call, const Array &table,
                        const Array &indices, const Array &places) {
  llvm::SmallVector<int64_t> wanted = indices.shape;
  if (!table.shape.empty())
    wanted.append(table.shape.begin() + 1, table.shape.end());
  bool floats = table.dtype == DType::F32 || isHalf(table.dtype);
  if (table.shape.empty() || table.shape[0] < 0 || !floats ||
      indices.dtype != DType::I32 || places.dtype != table.dtype ||
      places.shape != wanted)
    return call.failShapes(call.routine +
                           " joins a table of floats, int32 indices and rows "
                           "of the table, of its type, one an index");
  return Rows{table.shape[0],
              countOf(llvm::ArrayRef(table.shape).drop_front()).trips,
              indices.count()};
}

Expected<void> expectTwo(const RoutineCall &call) {
  if (auto checked = call.check(); !checked)
    return checked;
  if (call.operands.size() != 2)
    return call.failShapes(call.routine + " takes two arrays and gives one");
  return {};
}

} // namespace

Expected<KernelText> emitGather(RoutineCall &call) {
  if (auto checked = expectTwo(call); !checked)
    return dlc::Unexpected(checked.error());
  auto found = readRows(call, call.operands[0], call.operands[1], call.result);
  if (!found)
    return dlc::Unexpected(found.error());
  DType dtype = call.result.dtype;
  Lanes lanes = lanesFor(found->width, dtype);
  std::string index = call.indexType();
  Code code;
  call.openKernel(code, threads, {"table", "indices", "y"}, false);
  code.line("const {} place = {};", index,
            times(fmt::format("(blockIdx.x * {} + threadIdx.x)", threads),
                  lanes.width));
  code.line("if (place >= {})", toText(call.result.count()));
  code.line("  return;");
  code.line("int row = indices[{}];", coordinate("place", found->width, 0));
  code.line("row += row < 0 ? {} : 0;", found->rows);
  code.line("{} value = {};", lanes.type(),
            lanes.all(isHalf(dtype) ? "0x7fff" : "__int_as_float(0x7fc00000)"));
  code.line("if (row >= 0 && row < {})", found->rows);
  code.line(
      "  value = {};",
      lanes.load("table", sum({times(index == "int" ? "row" : "(long long)row",
                                     found->width),
                               coordinate("place", 1, found->width)})));
  code.line("{} = value;", lanes.target("y", "place"));
  code.close();

  artifact::DeviceStage stage;
  stage.symbol = "@NAME@";
  stage.extent = call.result.count();
  stage.perBlock = threads * lanes.width;
  stage.threads = threads;
  return KernelText{code.take(), {stage}, 0};
}

// A block owns some rows of the table and reads all indices, 256 at a time.
// Those that name one of its rows are put in a list in their order; then each
// thread goes through the list for its rows and columns. So each row is summed
// in the indices' order, as on the host.
Expected<KernelText> emitScatterAdd(RoutineCall &call) {
  if (auto checked = expectTwo(call); !checked)
    return dlc::Unexpected(checked.error());
  auto found = readRows(call, call.result, call.operands[1], call.operands[0]);
  if (!found)
    return dlc::Unexpected(found.error());
  const int64_t mostSums = 4096; // floats of shared memory
  int64_t columns = std::min<int64_t>(found->width, threads);
  int64_t lines = threads / columns; // rows that are added to at once
  int64_t rows = std::clamp<int64_t>(mostSums / columns, 1, found->rows);
  std::string index = call.indexType();

  Code code;
  call.openKernel(code, threads, {"updates", "indices", "table"}, false);
  code.line(
      "// A block owns {} rows of the table and adds to them in the order "
      "of the indices.",
      rows);
  code.line("constexpr int tableRows = {}, width = {}, blockRows = {}, "
            "blockColumns = {};",
            found->rows, found->width, rows, columns);
  code.line("const int firstRow = blockIdx.x * blockRows;");
  code.line("const int line = threadIdx.x / blockColumns;");
  code.line("const int inBlock = threadIdx.x % blockColumns;");
  code.line("const {} column = {};", index,
            columns == found->width ? "inBlock"
                                    : "blockIdx.y * blockColumns + inBlock");
  code.line("__shared__ float sums[blockRows][blockColumns];");
  code.line("__shared__ int hitRow[{0}], hitPlace[{0}], hitsOfWarp[{1}];",
            threads, threads / 32);
  code.line("for (int i = threadIdx.x; i < blockRows * blockColumns; i += {})",
            threads);
  code.line("  sums[i / blockColumns][i % blockColumns] = 0.0f;");
  code.line("const int count = {};", toText(found->count));
  code.open("for (int start = 0; start < count; start += {})", threads);
  code.line("// The row of the block that this thread's index names.");
  code.line("const int place = start + threadIdx.x;");
  code.line("int row = place < count ? indices[place] : tableRows;");
  code.line("row += row < 0 ? tableRows : 0;");
  code.line("row -= firstRow;");
  code.line("const bool hit = row >= 0 && row < min(blockRows, tableRows - "
            "firstRow);");
  code.line("const unsigned hits = __ballot_sync(0xffffffff, hit);");
  code.line("const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;");
  code.line("if (lane == 0)");
  code.line("  hitsOfWarp[warp] = __popc(hits);");
  code.line("__syncthreads();");
  code.line("int before = __popc(hits & ((1u << lane) - 1)), total = 0;");
  code.open("for (int i = 0; i < {}; ++i)", threads / 32);
  code.line("before += i < warp ? hitsOfWarp[i] : 0;");
  code.line("total += hitsOfWarp[i];");
  code.close();
  code.open("if (hit)");
  code.line("hitRow[before] = row;");
  code.line("hitPlace[before] = place;");
  code.close();
  code.line("__syncthreads();");
  code.line("// The rows of this thread are every {}-th.", lines);
  code.open("if (line < {}{})", lines,
            found->width % columns ? " && column < width" : "");
  code.line("for (int i = 0; i < total; ++i)");
  code.line("  if (hitRow[i] % {} == line)", lines);
  code.line("    sums[hitRow[i]][inBlock] += {};",
            call.read(Lanes(1), "updates",
                      fmt::format("{} * width + column",
                                  index == "int" ? "hitPlace[i]"
                                                 : "(long long)hitPlace[i]")));
  code.close();
  code.line("__syncthreads();");
  code.close();
  code.open("for (int i = line; i < blockRows; i += {})", lines);
  code.line("if (line < {} && firstRow + i < tableRows{})", lines,
            found->width % columns ? " && column < width" : "");
  code.line("  table[{}(firstRow + i) * width + column] = {};",
            index == "int" ? "" : "(long long)",
            call.round("sums[i][inBlock]"));
  code.close();
  code.close();

  artifact::DeviceStage stage;
  stage.symbol = "@NAME@";
  stage.extent = fixed(found->rows);
  stage.perBlock = rows;
  stage.gridY = ceilDiv(found->width, columns);
  stage.threads = threads;
  return KernelText{code.take(), {stage}, 0};
}

} // namespace dlc::emit::cuda::routines
