// Sums of the columns of a result that blocks make in tiles: from threads to
// the block, from blocks to the result, each in a fixed order.
#pragma once

#include "compiler/emit/cuda/routines/Code.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace dlc::emit::cuda::routines {

/// How threads and blocks lie over rows and columns. Expressions are C++; all
/// blocks of a tile of columns add up `columnsOfTile` of them.
struct ColumnTiles {
  /// Of the result, and of a tile: threadIdx.x reaches all of the latter.
  int64_t columns, columnsOfTile;
  std::string firstColumn;
  /// Threads one above the other, and which one a thread is.
  int64_t lines;
  std::string line;
  /// A thread's accumulators, and the column of number `j` in the tile.
  int64_t perThread;
  std::string columnOfAccumulator;
  /// The tile of columns, and how many there are.
  std::string tile;
  int64_t tiles;
  /// The block among those of its tile of columns, how many there are, and how
  /// many for the largest batch.
  std::string block, blocks;
  int64_t mostBlocks;
  /// Floats of scratch that are in use for something else.
  int64_t scratchBegin = 0;
};

/// The text for some sums over such tiles: the C++ type of each, which is
/// "float" or "double".
class ColumnSums {
public:
  ColumnSums(ColumnTiles tiles, std::vector<std::string> types)
      : tiles(std::move(tiles)), types(std::move(types)) {}

  /// Declares the counters, before the function.
  void declareCounters(Code &code) const;
  /// Adds up the accumulators r0[], r1[], ...; the last block of each tile of
  /// columns goes on, with `column` and `total0`, `total1`, ... in the threads
  /// that have a column. Others return.
  void write(Code &code) const;
  /// For the largest batch, with what is in use before.
  int64_t scratchBytes() const;

private:
  bool isGrouped() const;
  int64_t countGroups() const;
  int64_t countHelpers() const;
  const char *sharedType() const;
  std::string placeOf(size_t sum, const char *block) const;
  void addLines(Code &code) const;
  void addBlocks(Code &code, const char *first, const char *last,
                 int64_t step) const;
  void addGroup(Code &code) const;

  ColumnTiles tiles;
  std::vector<std::string> types;
};

} // namespace dlc::emit::cuda::routines
