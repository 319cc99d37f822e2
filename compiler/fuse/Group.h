// Which prims one kernel computes, and around which loops.
#pragma once

#include "dialects/kernel/Kernel.h"
#include "dialects/prim/Prim.h"

#include <map>

namespace dlc::fuse {

/// The loops of a kernel and the two places in them where a value is computed.
struct Loops {
  /// Those of this prim.
  explicit Loops(prim::LoopOpInterface prim);

  /// Whether no row is complete before all loops have run: rows are added up
  /// into columns, or everything into one number. Then what depends on a
  /// reduction may leave the kernel per row, but never meet its elements again.
  bool completesLate() const;

  /// Whether `map` meets no element twice: as the loops run over all points, or
  /// as the kept ones run over the rows. It may permute and skip elements.
  bool walksElementsOnce(mlir::AffineMap map) const;
  bool walksRowsOnce(mlir::AffineMap map) const;

  /// Whether `map` (identity or kept) walks exactly the elements of `type`.
  bool covers(mlir::AffineMap map, mlir::Type type) const;

  llvm::SmallVector<int64_t> space, reduced;
  /// Where a value per element and where a value per row is computed.
  mlir::AffineMap identity, kept;
};

/// A tensor, and which of its elements a kernel reads or writes at a point.
struct Place {
  mlir::Value value;
  mlir::AffineMap map;
};

/// Why a prim that a group could reach is no member.
enum class Refusal {
  NeededBefore,   // others need its result before the root
  ComputedTwice,  // at some point more than once, or a sum is not there yet
  TwoPlaces,      // it is read at two maps
  NotWritable,    // others read it behind the root, and it cannot be an output
  ManyReductions, // no accumulators are left
  RowsFirst,      // the kernel of whole rows writes its elements
  OtherLoops,     // the root cannot run in its loops
};

struct Group {
  Loops loops;
  /// The root and the producers that nothing else computes.
  llvm::DenseSet<mlir::Operation *> members;
  /// Producers that stay where they are for others, and are computed here
  /// again.
  llvm::DenseSet<mlir::Operation *> copies;
  /// The root's first, then those of members that are used behind it.
  llvm::SmallVector<Place> outputs;
  /// Whether free producers are computed where they are read.
  bool absorbsFree = true;
  /// Of the prims that were dropped, the last reason.
  std::map<mlir::Operation *, Refusal> refusals = {};

  prim::LoopOpInterface getRoot() const {
    return outputs.front().value.getDefiningOp<prim::LoopOpInterface>();
  }
  bool computes(prim::LoopOpInterface prim) const;
};

/// The fold of this prim, unless it folds no loop away.
std::optional<mlir::arith::AtomicRMWKind>
findCombiner(prim::LoopOpInterface prim);

/// The root alone.
Group isolateRoot(prim::LoopOpInterface root);

/// The root and, going backwards, every producer that fits its kernel. A
/// producer that others need before the root, or that would be computed at some
/// point more than once, stays outside, unless it is better computed again.
Group growGroup(prim::LoopOpInterface root);

} // namespace dlc::fuse
