// Sums of the columns of a result that blocks make in tiles. What blocks leave
// in scratch is added up by all threads of the last one; where there are many,
// by the last of each group of neighbours first.
#include "compiler/emit/cuda/routines/ColumnSums.h"
#include "compiler/emit/cuda/routines/Counts.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace dlc::emit::cuda::routines {

/// Blocks that the last one adds up alone, about; groups of half as many.
constexpr int64_t mostAtOnce = 256, blocksOfGroup = 128;

bool ColumnSums::isGrouped() const { return tiles.mostBlocks > mostAtOnce; }

int64_t ColumnSums::countGroups() const {
  return ceilDiv(tiles.mostBlocks, blocksOfGroup);
}

/// Threads of a block that add up one column side by side.
int64_t ColumnSums::countHelpers() const {
  return std::max<int64_t>(1, tiles.lines / tiles.perThread);
}

/// What sums are handed on as: the widest of their types holds all of them.
const char *ColumnSums::sharedType() const {
  return llvm::is_contained(types, "double") ? "double" : "float";
}

int64_t ColumnSums::scratchBytes() const {
  int64_t each = sharedType() == std::string("double") ? 8 : 4;
  return int64_t(sizeof(float)) * tiles.scratchBegin +
         each * int64_t(types.size()) * tiles.mostBlocks * tiles.columns;
}

void ColumnSums::declareCounters(Code &code) const {
  code.line("__device__ unsigned int @NAME@_columns[{}];", tiles.tiles);
  if (isGrouped())
    code.line("__device__ unsigned int @NAME@_groups[{}];",
              tiles.tiles * countGroups());
}

/// Where a block's sum number `sum` lies.
std::string ColumnSums::placeOf(size_t sum, const char *block) const {
  std::string number =
      sum ? fmt::format("({} + {})", times("blocks", int64_t(sum)), block)
          : block;
  return fmt::format("sums[{}]", times(number, tiles.columns));
}

/// The sums of a block, left in scratch.
void ColumnSums::addLines(Code &code) const {
  code.line("__shared__ {} lines[{}][{}];", sharedType(), tiles.lines,
            tiles.columnsOfTile);
  for (size_t sum = 0; sum < types.size(); ++sum) {
    if (sum)
      code.line("__syncthreads();");
    if (tiles.perThread > 1) {
      code.line("#pragma unroll");
      code.line("for (int j = 0; j < {}; ++j)", tiles.perThread);
    }
    code.line("{}lines[{}][{}] = r{}[{}];", tiles.perThread > 1 ? "  " : "",
              tiles.line, tiles.columnOfAccumulator, sum,
              tiles.perThread > 1 ? "j" : "0");
    code.line("__syncthreads();");
    code.open("if (hasColumn)");
    code.line("{} total = lines[0][threadIdx.x];", types[sum]);
    if (tiles.lines > 1) {
      code.line("for (int line = 1; line < {}; ++line)", tiles.lines);
      code.line("  total += lines[line][threadIdx.x];");
    }
    code.line("{} = total;", placeOf(sum, "block"));
    code.close();
  }
}

/// The sums of every so many-th block in total0, total1, ... of the first
/// threads: helpers take turns at blocks and are added up in their order.
void ColumnSums::addBlocks(Code &code, const char *first, const char *last,
                           int64_t step) const {
  int64_t helpers = countHelpers();
  for (size_t i = 0; i < types.size(); ++i)
    code.line("{} total{} = 0;", types[i], i);
  std::string from = first;
  if (helpers > 1)
    from = sum({from, times("helper", step)});
  code.line("#pragma unroll 4");
  code.open("for (int other = {}; other < ({} ? {} : 0); other += {})", from,
            helpers > 1 ? "helps" : "hasColumn", last, helpers * step);
  for (size_t sum = 0; sum < types.size(); ++sum)
    code.line("total{} += __ldcg(&{});", sum, placeOf(sum, "other"));
  code.close();
  if (helpers == 1)
    return;
  for (size_t sum = 0; sum < types.size(); ++sum) {
    code.line("__syncthreads();");
    code.line("if (helps)");
    code.line("  lines[helper][threadIdx.x % {}] = total{};",
              tiles.columnsOfTile, sum);
    code.line("__syncthreads();");
    code.open("if (hasColumn)");
    code.line("for (int line = 1; line < {}; ++line)", helpers);
    code.line("  total{} += lines[line][threadIdx.x];", sum);
    code.close();
  }
}

/// The sums of a group, left in the place of its first block's.
void ColumnSums::addGroup(Code &code) const {
  code.line("const int firstBlock = block / {0} * {0}, lastBlock = "
            "min(firstBlock + {0}, blocks);",
            blocksOfGroup);
  code.line("if (!isLastBlock(&@NAME@_groups[{}firstBlock / {}], lastBlock - "
            "firstBlock))",
            tiles.tiles == 1
                ? ""
                : fmt::format("{} * {} + ", tiles.tile, countGroups()),
            blocksOfGroup);
  code.line("  return;");
  code.openBlock();
  addBlocks(code, "firstBlock", "lastBlock", 1);
  for (size_t sum = 0; sum < types.size(); ++sum) {
    code.line("if (hasColumn)");
    code.line("  {} = total{};", placeOf(sum, "firstBlock"), sum);
  }
  code.close();
}

void ColumnSums::write(Code &code) const {
  code.line("// Sums of columns: a block's lines, then all blocks, each in "
            "their order.");
  int64_t helpers = countHelpers();
  std::string column = "threadIdx.x";
  if (helpers > 1) {
    code.line("const int helper = threadIdx.x / {0};", tiles.columnsOfTile);
    column = fmt::format("threadIdx.x % {}", tiles.columnsOfTile);
  }
  code.line("const int column = {};", sum({tiles.firstColumn, column}));
  code.line("const bool hasColumn = threadIdx.x < {} && column < {};",
            tiles.columnsOfTile, tiles.columns);
  if (helpers > 1)
    code.line("const bool helps = helper < {} && column < {};", helpers,
              tiles.columns);
  code.line("const int block = {}, blocks = {};", tiles.block, tiles.blocks);
  std::string start = tiles.scratchBegin
                          ? fmt::format("scratch + {}", tiles.scratchBegin)
                          : "scratch";
  code.line("{0} *const sums = reinterpret_cast<{0} *>({1}) + column;",
            sharedType(), start);
  addLines(code);
  if (isGrouped())
    addGroup(code);
  int64_t step = isGrouped() ? blocksOfGroup : 1;
  code.line("if (!isLastBlock(&@NAME@_columns[{}], {}))",
            tiles.tiles == 1 ? "0" : tiles.tile,
            isGrouped() ? fmt::format("(blocks + {}) / {}", step - 1, step)
                        : "blocks");
  code.line("  return;");
  addBlocks(code, "0", "blocks", step);
  code.line("if (!hasColumn)");
  code.line("  return;");
}

} // namespace dlc::emit::cuda::routines
