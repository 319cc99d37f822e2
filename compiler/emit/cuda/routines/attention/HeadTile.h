// How places of a head lie in shared memory for tensor cores: in pieces of 16
// bytes, turned against each other so that no access meets a bank twice.
#pragma once

#include "compiler/emit/cuda/routines/Counts.h"
#include "compiler/emit/cuda/routines/product/SharedTile.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace dlc::emit::cuda::routines {

/// A tile of places of one head, a row a place. Unlike a product's factor it is
/// read along its rows (queries by keys) and across them (shares by values),
/// one tile often both ways.
///
/// Functions of lanes are templates over int64_t and Formula. A lane is 16 hi +
/// 8 mid + low, or 4 group + inGroup. They give bytes from the tile's begin.
struct HeadTile {
  int64_t width;        // elements of a place
  int64_t elementBytes; // 4 or 2

  static constexpr int64_t pieceBytes = SharedTile::pieceBytes;
  /// Of the depth that one instruction of tensor cores takes.
  static constexpr int64_t stepBytes = 32;

  bool holdsHalves() const { return elementBytes == 2; }
  int64_t perPiece() const { return pieceBytes / elementBytes; }
  /// Steps along a row.
  int64_t steps() const { return ceilDiv(width * elementBytes, stepBytes); }
  /// Columns of a result that one read across gives: two fragments of halves,
  /// four of float32, which has no ldmatrix.trans.
  int64_t columnsOfUnit() const { return holdsHalves() ? 16 : 32; }
  int64_t units() const { return ceilDiv(width, columnsOfUnit()); }
  /// As columns of a result, with those beyond the width.
  int64_t columns() const { return units() * columnsOfUnit(); }
  /// Pieces of a row that are read, and with those that are not.
  int64_t filled() const { return columns() / perPiece(); }
  int64_t pieces() const { return int64_t(llvm::PowerOf2Ceil(filled())); }
  int64_t rowBytes() const { return pieces() * pieceBytes; }

  /// Eight rows below each other are read at once: those that begin at one bank
  /// are turned against each other.
  template <typename Value> Value turn(Value row) const {
    int64_t turns = std::min<int64_t>(pieces(), 8);
    return row / (8 / turns) % turns;
  }
  /// Where a piece lies.
  template <typename Value> Value place(Value row, Value piece) const {
    return (row * Value(pieces()) + (piece ^ turn(row))) * Value(pieceBytes);
  }

  /// What a lane gives ldmatrix for 16 rows as the left factor, along their
  /// depth: fragment `unit` of step `step`.
  template <typename Value>
  Value left(Value lane, Value unit, Value step) const {
    Value hi = lane / 16, mid = lane / 8 % 2, low = lane % 8;
    return alongRows(place(mid * Value(8) + low, hi), unit, step);
  }
  /// The same for 16 rows as the right factor, two fragments.
  template <typename Value>
  Value right(Value lane, Value unit, Value step) const {
    Value hi = lane / 16, mid = lane / 8 % 2, low = lane % 8;
    return alongRows(place(hi * Value(8) + rowOf(low), mid), unit, step);
  }
  /// What a lane reads across rows: of halves by ldmatrix.trans from 16 rows;
  /// of float32 four neighbours of each of two rows, `part` 0 and 1, of eight.
  template <typename Value>
  Value across(Value lane, Value unit, Value step, Value part) const {
    if (holdsHalves()) {
      Value hi = lane / 16, mid = lane / 8 % 2, low = lane % 8;
      return (place(mid * Value(8) + low, hi) ^ unit * Value(2 * pieceBytes)) +
             step * Value(16 * rowBytes());
    }
    // Four rows below are turned by four pieces more.
    Value group = lane / 4, inGroup = lane % 4;
    return (place(inGroup, SharedTile::quadOf(group)) ^
            unit * Value(8 * pieceBytes) ^ part * Value(4 * pieceBytes)) +
           (step * Value(8) + part * Value(4)) * Value(rowBytes());
  }

  /// The row that fragments' line `line` of eight is, of the right factor. A
  /// lane has columns 2 i and 2 i + 1 of the scores: of float32 these are the
  /// rows i and i + 4, of which it then multiplies shares.
  template <typename Value> Value rowOf(Value line) const {
    return holdsHalves() ? line : SharedTile::quadOf(line);
  }

private:
  template <typename Value>
  Value alongRows(Value begin, Value unit, Value step) const {
    return (begin ^ step * Value(stepBytes)) + unit * Value(16 * rowBytes());
  }
};

} // namespace dlc::emit::cuda::routines
