// What the tensors of a function need of the arena, and when.
#pragma once

#include "compiler/plan/offsets/Packing.h"
#include "compiler/plan/streams/Ordering.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace dlc::plan {

/// Bytes of a tensor at that batch.
int64_t countBytes(mlir::Type type, int64_t batch);

/// Bytes that a kernel needs beside its operands and results, as its schedule
/// or schedule-cuda says.
int64_t countScratch(mlir::Operation *kernel);

/// The arguments of a function that are states, and the kernel results that
/// overwrite them. They lie in the state region.
llvm::DenseMap<mlir::Value, mlir::StringAttr>
findStates(mlir::func::FuncOp func);

/// Lifetimes of all that lies in the arena; the ops of the function are its
/// clock. Where launches run beside others, in streams, a lifetime ends with
/// the last that may begin before its users are over. A tensor that a kernel
/// writes over one of its inputs shares its buffer (InPlace.h) unless `reuse`
/// is off.
struct Buffers {
  Buffers(mlir::func::FuncOp func, int64_t batch, bool reuse = true);

  std::vector<Lifetime> lifetimes;
  /// Arguments and kernel results to their buffer.
  llvm::DenseMap<mlir::Value, unsigned> ofValue;
  llvm::DenseMap<mlir::Operation *, unsigned> ofScratch;

  int64_t timeOf(mlir::Operation *op) const { return times.lookup(op); }
  /// When a storage is read last; `first` if never.
  int64_t findLastUse(mlir::Value storage, int64_t first) const;

private:
  void readOrdering(mlir::func::FuncOp func);
  /// The end of a lifetime with these users, the last of which is at `last`.
  int64_t extend(llvm::ArrayRef<mlir::Operation *> users, int64_t last) const;
  bool isBefore(mlir::Operation *a, mlir::Operation *b) const;
  void add(mlir::Value value, int64_t first);
  std::optional<unsigned>
  findOverwritten(mlir::OpResult result,
                  const llvm::DenseSet<unsigned> &taken) const;

  int64_t batch;
  llvm::DenseMap<mlir::Operation *, int64_t> times;
  Ordering ordering; // of launches, by number; empty if one stream has all
  llvm::DenseMap<mlir::Operation *, unsigned> launches;
  std::vector<int64_t> launchTimes;
  llvm::DenseMap<mlir::Value, mlir::StringAttr> states;
};

} // namespace dlc::plan
