// One function of the device code while it is written: parameters, positions,
// memory.
#pragma once

#include "compiler/emit/cuda/kernels/CodeText.h"
#include "dialects/kernel/LoopNest.h"
#include "llvm/ADT/ArrayRef.h"

namespace dlc::emit::cuda {

/// C++ for the position in each loop of the nest; empty outside the loop.
using Point = llvm::SmallVector<std::string>;

/// Neighbours that one access moves: 16 bytes of floats.
inline constexpr int64_t width = 4;

/// An output of a kernel, by its number, and the value of the region.
struct Output {
  unsigned number;
  mlir::Value value;
};

class KernelCode {
public:
  KernelCode(kernel::FusedOp kernel, int64_t maxBatch);

  /// "row_reduction over [n, 10]: maximumf subf expf ...", without the layers,
  /// which would keep alike kernels apart.
  std::string summarise();
  /// Writes a comment, the head of the function, and opens its body. With
  /// `blocks` there shall be registers for that many on a processor.
  void openFunction(int64_t threads, bool usesScratch,
                    std::optional<int64_t> blocks = std::nullopt);
  /// Declares the pointers to tensors, which lie in a table from those places
  /// on: first those of inputs, then those of outputs.
  void readTable(llvm::StringRef firstInput, llvm::StringRef firstOutput);

  /// "in0", "out1": inputs, then outputs.
  std::string nameOf(unsigned tensor) const;
  mlir::Type scalarOf(unsigned tensor) const;
  unsigned outputTensor(unsigned output) const;
  /// A name that no other value of the kernel has.
  std::string makeName(llvm::StringRef prefix);

  /// Iterations of some loops for the batch at hand, over `divisor`.
  std::string countTrips(llvm::ArrayRef<unsigned> loops,
                         int64_t divisor = 1) const;
  /// The same for the largest batch, and for one to reckon with.
  int64_t countMost(llvm::ArrayRef<unsigned> loops) const;
  int64_t countNominal(llvm::ArrayRef<unsigned> loops) const;
  bool timesBatch(llvm::ArrayRef<unsigned> loops) const;

  /// Declares the position in each of `loops` from that in all of them; the
  /// last one goes by `step`.
  void splitPosition(llvm::ArrayRef<unsigned> loops, llvm::StringRef position,
                     Point &point, int64_t step = 1);
  /// The number as one of the type of positions.
  std::string widen(llvm::StringRef count) const;
  /// The element of a tensor at a point.
  std::string locate(unsigned tensor, const Point &point) const;
  /// Whether a tensor lies as the points of the space do, one after the other.
  bool isFlat(unsigned tensor) const;
  /// Whether four neighbours along a loop are one aligned access.
  bool isWide(unsigned tensor, unsigned loop) const;
  /// Whether it pays to take four neighbours along the loop at once: some
  /// tensor is, and none is read in larger steps or written one by one.
  bool mayWiden(unsigned loop) const;

  kernel::FusedOp kernel;
  kernel::LoopNest nest;
  llvm::DenseMap<mlir::Value, unsigned> levels;
  llvm::DenseSet<mlir::Value> perElement;
  llvm::SmallVector<kernel::ReduceOp> reduces;
  llvm::SmallVector<unsigned> keptLoops, reducedLoops;
  /// Those written at every point, and at every kept point.
  llvm::SmallVector<Output> elementOutputs, rowOutputs;
  CodeText text;
  /// The type of positions: 32 bits where they do.
  std::string index;
  bool usesTable = false;
  /// The number of the point in the space, where the text has it: what a flat
  /// tensor is read at. Empty: there is none.
  std::string flat;

private:
  int64_t countElements(unsigned tensor) const;
  llvm::SmallVector<std::string> listPointers() const;

  unsigned inputs;
  llvm::SmallVector<mlir::RankedTensorType> tensors;
  int64_t maxBatch;
  llvm::StringMap<unsigned> names;
};

/// The type of a scalar in registers, and of an element in memory.
std::string registerType(mlir::Type scalar);
std::string memoryType(mlir::Type scalar);

} // namespace dlc::emit::cuda
