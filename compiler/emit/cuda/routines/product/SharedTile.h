// How a factor's tile lies in shared memory: in pieces of 16 bytes, turned
// against each other so that no access meets a bank twice.
#pragma once

#include "compiler/emit/cuda/routines/product/Formula.h"

namespace dlc::emit::cuda::routines {

/// A tile of `lines` rows of the left factor, or columns of the right one, and
/// of 64 bytes of depth. A *row* of it is a line where neighbours run along the
/// depth, else one step of the depth.
///
/// Functions of lanes are templates over int64_t and Formula. A lane is 16 hi +
/// 8 mid + low, or 4 group + inGroup.
struct SharedTile {
  int64_t lines;
  int64_t elementBytes; // 4 or 2
  bool alongDepth;
  bool isLeft;

  static constexpr int64_t pieceBytes = 16, depthBytes = 64;

  int64_t depth() const { return depthBytes / elementBytes; }
  int64_t perPiece() const { return pieceBytes / elementBytes; }
  int64_t rows() const { return alongDepth ? lines : depth(); }
  /// Pieces of a row.
  int64_t pieces() const { return (alongDepth ? depth() : lines) / perPiece(); }
  int64_t bytes() const { return lines * depthBytes; }

  /// Two rows of four pieces fill all banks once: they are turned in pairs. Of
  /// longer rows each begins at the first bank: as many are turned as one
  /// access reads, four for a quarter of a warp that also reads two pieces of
  /// each, eight for a matrix of ldmatrix.
  template <typename Value> Value turn(Value row) const {
    if (pieces() == 4)
      return row / 2 % 4;
    return row % (elementBytes == 4 ? 4 : 8);
  }
  /// Where a piece lies, in bytes.
  template <typename Value> Value place(Value row, Value piece) const {
    return (row * Value(pieces()) + (piece ^ turn(row))) * Value(pieceBytes);
  }

  /// Whether fragments take lines out of their order: see `lineOf`.
  bool isShuffled() const { return elementBytes == 4; }

  /// The line that row `row` holds, where rows are lines. Of 32 lines of
  /// float32 a lane has four neighbours, the next lanes the next four: so a
  /// quad of columns is stored at once, and one access reads four fragments of
  /// a factor whose neighbours run along lines. Fragments keep the order of
  /// rows.
  template <typename Value> Value lineOf(Value row) const {
    if (!isShuffled())
      return row;
    return row / 32 * Value(32) + quadOf(row % 8) * Value(4) + row / 8 % 4;
  }
  /// The quad of lines that fragments' line `group` belongs to: lanes with
  /// neighbouring columns of a result, 2 i and 2 i + 1, are four quads apart.
  template <typename Value> static Value quadOf(Value group) {
    return group % 2 * Value(4) + group / 2;
  }

  /// Whether ldmatrix reads the fragments, 16 lines at a time; else a lane
  /// reads four neighbours of one step of the depth, 32 lines at a time.
  bool takesMatrices() const { return alongDepth || elementBytes == 2; }
  /// Lines that one instruction reads.
  int64_t linesOfLoad() const { return takesMatrices() ? 16 : 32; }
  /// Instructions that read a step of the tensor cores' depth, 32 bytes of it.
  int64_t loadsOfStep() const { return takesMatrices() ? 1 : 2; }
  static constexpr int64_t stepsOfTile = 2;

  /// What a lane reads first, of the warp whose lines begin at `first`, a
  /// multiple of 32: in bytes from the tile's begin.
  template <typename Value> Value laneBegin(Value lane, Value first) const {
    if (!takesMatrices()) {
      Value step = lane % 4;
      return (step * Value(pieces()) + first / 4 +
              (quadOf(lane / 4) ^ turn(step))) *
             Value(pieceBytes);
    }
    Value hi = lane / 16, mid = lane / 8 % 2, low = lane % 8;
    Value lineHalf = isLeft ? mid : hi, depthHalf = isLeft ? hi : mid;
    if (alongDepth)
      return place(first + lineHalf * Value(8) + low, depthHalf);
    return place(depthHalf * Value(8) + low, first / 8 + lineHalf);
  }

  /// The place of load `part` of step `step` for lines `unit` * linesOfLoad():
  /// laneBegin turned by the first and moved by the second.
  struct Shift {
    int64_t turned, moved;
  };
  Shift shift(int64_t unit, int64_t step, int64_t part) const {
    int64_t row = pieces() * pieceBytes;
    if (alongDepth)
      return {step * 2 * pieceBytes, unit * 16 * row};
    if (takesMatrices())
      return {unit * 2 * pieceBytes, step * 16 * row};
    return {0, unit * 8 * pieceBytes + (step * 8 + part * 4) * row};
  }
};

} // namespace dlc::emit::cuda::routines
