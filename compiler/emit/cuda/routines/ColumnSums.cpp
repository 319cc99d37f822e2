// Sums of the columns of a result that blocks make in tiles. What blocks leave
// in scratch is added up by the last one; where there are many, by the last of
// each group of neighbours first.
#include "compiler/emit/cuda/routines/ColumnSums.h"
#include "compiler/emit/cuda/routines/Counts.h"

namespace dlc::emit::cuda::routines {

/// Blocks that the last one adds up alone, about; groups of half as many.
constexpr int64_t mostAtOnce = 256, blocksOfGroup = 128;

bool ColumnSums::isGrouped() const { return tiles.mostBlocks > mostAtOnce; }

int64_t ColumnSums::countGroups() const {
  return ceilDiv(tiles.mostBlocks, blocksOfGroup);
}

int64_t ColumnSums::scratchBytes() const {
  return int64_t(sizeof(float)) *
         (tiles.scratchBegin +
          int64_t(sums) * tiles.mostBlocks * tiles.columns);
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
  code.line("__shared__ float lines[{}][{}];", tiles.lines,
            tiles.columnsOfTile);
  for (size_t sum = 0; sum < sums; ++sum) {
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
    code.line("float total = lines[0][threadIdx.x];");
    if (tiles.lines > 1) {
      code.line("for (int line = 1; line < {}; ++line)", tiles.lines);
      code.line("  total += lines[line][threadIdx.x];");
    }
    code.line("{} = total;", placeOf(sum, "block"));
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
  code.open("if (hasColumn)");
  for (size_t sum = 0; sum < sums; ++sum) {
    code.line("float total{} = 0.0f;", sum);
    code.line("for (int other = firstBlock; other < lastBlock; ++other)");
    code.line("  total{} += __ldcg(&{});", sum, placeOf(sum, "other"));
    code.line("{} = total{};", placeOf(sum, "firstBlock"), sum);
  }
  code.close();
}

void ColumnSums::write(Code &code) const {
  code.line("// Sums of columns: a block's lines, then all blocks, each in "
            "their order.");
  code.line("const int column = {};", sum({tiles.firstColumn, "threadIdx.x"}));
  code.line("const bool hasColumn = threadIdx.x < {} && column < {};",
            tiles.columnsOfTile, tiles.columns);
  code.line("const int block = {}, blocks = {};", tiles.block, tiles.blocks);
  code.line("float *const sums = scratch + {}column;",
            tiles.scratchBegin ? fmt::format("{} + ", tiles.scratchBegin) : "");
  addLines(code);
  if (isGrouped())
    addGroup(code);
  int64_t step = isGrouped() ? blocksOfGroup : 1;
  code.line("if (!isLastBlock(&@NAME@_columns[{}], {}) || !hasColumn)",
            tiles.tiles == 1 ? "0" : tiles.tile,
            isGrouped() ? fmt::format("(blocks + {}) / {}", step - 1, step)
                        : "blocks");
  code.line("  return;");
  for (size_t sum = 0; sum < sums; ++sum)
    code.line("float total{} = 0.0f;", sum);
  code.open("for (int other = 0; other < blocks; other += {})", step);
  for (size_t sum = 0; sum < sums; ++sum)
    code.line("total{} += __ldcg(&{});", sum, placeOf(sum, "other"));
  code.close();
}

} // namespace dlc::emit::cuda::routines
