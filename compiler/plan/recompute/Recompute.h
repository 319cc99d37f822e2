// What it takes to compute the results of a kernel a second time.
#pragma once

#include "compiler/plan/Buffers.h"

#include <optional>

namespace dlc::plan {

/// The lifetimes of a function's tensors, and when most is live.
struct Timeline {
  Timeline(mlir::func::FuncOp func, int64_t batch);

  int64_t timeOf(mlir::Operation *op) const { return buffers.timeOf(op); }
  bool isLiveAtPeak(mlir::Value storage) const;

  int64_t batch;
  Buffers buffers;
  int64_t peak = 0, peakTime = 0;
  /// The kernel that overwrites a state of this name, if any.
  llvm::DenseMap<mlir::StringAttr, mlir::Operation *> writers;
  llvm::DenseMap<mlir::Value, mlir::StringAttr> states;
};

/// A kernel whose results are not kept over the peak.
struct Recomputation {
  mlir::Operation *kernel = nullptr;
  /// Its results that are live at the peak and not read by the kernel there.
  llvm::SmallVector<mlir::Value> values;
  /// What runs again before the first late reader: the kernel last, before it
  /// those whose results it needs and that are not there any more.
  llvm::SmallVector<mlir::Operation *> again;
  mlir::Operation *firstReader = nullptr;
  /// Bytes saved at the peak, for so many launches, at the cost of so many
  /// bytes moved (or as many floating-point operations as take their time).
  int64_t bytes = 0, launches = 0;
  double cost = 0;

  double gain() const { return double(bytes) * double(launches) / cost; }
};

/// Nothing if that saves nothing, or cannot be: a result leaves the function or
/// is a state, or a state that the kernel reads has been overwritten.
std::optional<Recomputation> planRecomputation(mlir::Operation *kernel,
                                               const Timeline &timeline);

/// Adds clones with the attribute `kernel.recomputes`, the name of the
/// original, and lets the late readers read them. `count` numbers their names.
void applyRecomputation(const Recomputation &recomputation,
                        const Timeline &timeline, unsigned &count);

} // namespace dlc::plan
