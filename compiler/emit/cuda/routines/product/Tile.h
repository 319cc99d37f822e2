// How a product is cut: the tile of results that a block computes, and the
// slices of the depth.
#pragma once

#include "compiler/emit/cuda/routines/product/Precision.h"

namespace dlc::emit::cuda::routines {

/// A block computes `rows` x `columns` results, `depth` products of each at a
/// time; a thread has rowsEach x columnsEach of them in registers.
struct Tile {
  int64_t rows, columns, depth;
  int64_t rowsEach, columnsEach;
  /// Share of the multipliers that are busy with a full machine, about.
  double efficiency;
  /// Tiles of both factors in shared memory at once, on tensor cores; 0 where
  /// the ordinary multipliers work.
  int64_t stages = 0;
  /// Blocks that shall have room on a processor.
  int64_t blocks = 1;

  int64_t threads() const { return rows / rowsEach * (columns / columnsEach); }
  bool onTensorCores() const { return stages != 0; }
  /// What a warp has on tensor cores: 8 threads above each other, 4 side by
  /// side.
  int64_t warpRows() const { return rowsEach * 8; }
  int64_t warpColumns() const { return columnsEach * 4; }
};

struct Plan {
  Tile tile;
  Precision precision = Precision::Ieee;
  /// Parts of the depth that blocks of their own add up; a second stage adds
  /// the parts in their order.
  int64_t slices = 1;
};

/// How large a product is: `batches` of rows x depth x columns.
struct ProductSizes {
  int64_t batches, rows, columns, depth;

  int64_t tilesOf(const Tile &tile) const;
};

/// What predictions know of a GPU. As it stands, a machine of the middle
/// (A100).
struct Machine {
  int64_t processors = 108;
  /// Multiplications of a processor in a cycle, beside an A100's: by the
  /// ordinary multipliers, and by tensor cores.
  double ordinary = 1, tensor = 1;
  double floatsPerCycle = 250; // of the whole memory
};

/// What the blocks of a plan are predicted to take.
double predictCycles(const Plan &plan, const ProductSizes &sizes,
                     const Machine &machine = {});

/// Slices that fill the machine `rounds` times, of a product with `blocks`
/// tiles; each of some steps, as fewer are not worth its result.
int64_t slicesFor(const Tile &tile, int64_t blocks, int64_t depth,
                  int64_t rounds, const Machine &machine = {});

/// The plan with the least predicted time for a product on a machine of the
/// middle. It depends on the sizes alone. Where the ordinary
/// multipliers are as fast, it is IEEE's. With an epilogue a thread keeps
/// registers for what that computes.
Plan planProduct(const ProductSizes &sizes,
                 Precision precision = Precision::Ieee,
                 bool hasEpilogue = false);

} // namespace dlc::emit::cuda::routines
