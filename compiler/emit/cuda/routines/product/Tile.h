// How a product is cut: the tile of results that a block computes, and the
// slices of the depth.
#pragma once

#include <cstdint>

namespace dlc::emit::cuda::routines {

/// A block computes `rows` x `columns` results, `depth` products of each at a
/// time; a thread has rowsEach x columnsEach of them in registers.
struct Tile {
  int64_t rows, columns, depth;
  int64_t rowsEach, columnsEach;
  /// Share of the multipliers that are busy with a full machine, about.
  double efficiency;

  int64_t threads() const { return rows / rowsEach * (columns / columnsEach); }
};

struct Plan {
  Tile tile;
  /// Parts of the depth that blocks of their own add up; a second stage adds
  /// the parts in their order.
  int64_t slices = 1;
};

/// The plan with the least predicted time for `batches` products of rows x
/// depth x columns. It depends on the sizes alone.
Plan planProduct(int64_t batches, int64_t rows, int64_t columns, int64_t depth);

} // namespace dlc::emit::cuda::routines
