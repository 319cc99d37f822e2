// How attention on tensor cores is cut: what a warp has in registers and a
// block in shared memory.
#pragma once

#include "compiler/emit/cuda/routines/attention/HeadTile.h"
#include "compiler/emit/cuda/routines/product/Precision.h"

#include <optional>

namespace dlc::emit::cuda::routines {

/// A block owns `rows()` places and goes along tiles of `columns` others.
struct AttentionTile {
  int64_t fragments; // of 16 rows, that a warp owns
  int64_t columns;

  static constexpr int64_t warps = 4;
  int64_t rows() const { return warps * 16 * fragments; }
};

/// What one kernel of attention works on, in places, elements and bytes.
struct AttentionWork {
  int64_t owned; // places that the blocks own
  int64_t met;   // places that each of them meets
  /// Columns of results that a warp adds up.
  int64_t sums;
  /// Matrices of scores that it has at once.
  int64_t scores;
  /// In shared memory, of a place that is owned and of one that is met.
  int64_t ownedBytes, metBytes;

  /// Of what is owned and two stages of what is met.
  int64_t sharedBytes(const AttentionTile &tile) const {
    return tile.rows() * ownedBytes + 2 * tile.columns * metBytes;
  }
  /// What a lane has for sums and scores, which as factors are of two parts
  /// with tf32x3.
  int64_t registers(const AttentionTile &tile, Precision precision) const {
    int64_t parts = precision == Precision::Tf32x3 ? 2 : 1;
    return tile.fragments * (sums + parts * scores * tile.columns) / 2;
  }
};

/// Elements of a head that fit: with more a warp's sums leave no registers.
/// Fragments of two parts take twice as many.
constexpr int64_t widestTensorHead(Precision precision) {
  return precision == Precision::Tf32x3 ? 64 : 128;
}

/// The tile that reads shared memory least of those that fit. None where heads
/// are wider than widestTensorHead.
std::optional<AttentionTile> chooseAttentionTile(const AttentionWork &work,
                                                 Precision precision);

} // namespace dlc::emit::cuda::routines
