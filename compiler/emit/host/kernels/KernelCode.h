// One function of the host code while it is written: arguments, loops, memory.
#pragma once

#include "dialects/kernel/LoopNest.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace dlc::emit::host {

/// A position for each loop of the nest; null outside the loop.
using Point = llvm::SmallVector<mlir::Value>;

/// Adds to `module` the function `symbol` of runtime/artifact's signature,
///   void symbol(ptr buffers, i64 n, i64 begin, i64 end),
/// and a body that it calls with one pointer for each distinct place, so that
/// LLVM knows that different places do not overlap. `b` stands in the body.
class KernelCode {
public:
  KernelCode(mlir::ModuleOp module, kernel::FusedOp kernel,
             llvm::StringRef symbol, bool usesScratch);

  mlir::Value constant(int64_t value);
  /// Iterations for the batch at hand.
  mlir::Value countTrips(const kernel::Loop &loop);

  /// Writes a loop over [low, high) and what `body` makes of a position and the
  /// carried values; returns those after the last iteration.
  using LoopBody = llvm::function_ref<llvm::SmallVector<mlir::Value>(
      mlir::Value position, mlir::ValueRange carried)>;
  llvm::SmallVector<mlir::Value> writeLoop(mlir::Value low, mlir::Value high,
                                           mlir::ValueRange carried,
                                           LoopBody body);

  /// Writes whole loops of the nest, outermost first. The bounds of the first
  /// may be narrowed to [low, high).
  struct Bounds {
    mlir::Value low, high;
  };
  using NestBody =
      llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::ValueRange)>;
  llvm::SmallVector<mlir::Value>
  writeLoops(llvm::ArrayRef<unsigned> loops, Point &point,
             mlir::ValueRange carried, NestBody body,
             std::optional<Bounds> first = std::nullopt);

  /// Writes the flattened iterations [begin, end) over some loops; the body
  /// gets its position in the last one, or its number if there are no loops.
  void writeParallel(llvm::ArrayRef<unsigned> loops, Point &point,
                     llvm::function_ref<void(mlir::Value)> body);

  /// The element of tensor `index` (inputs, then outputs) at a point.
  mlir::Value load(unsigned index, const Point &point);
  void store(unsigned index, const Point &point, mlir::Value value);

  /// Element `position` of an array of scalars of that type.
  mlir::Value loadFrom(mlir::Value base, mlir::Value position,
                       mlir::Type scalar);
  void storeTo(mlir::Value base, mlir::Value position, mlir::Value value);
  mlir::Value addBytes(mlir::Value base, mlir::Value bytes);
  /// An array on the stack, in the entry of the body.
  mlir::Value allocate(mlir::Type scalar, int64_t count);

  mlir::ImplicitLocOpBuilder b;
  kernel::FusedOp kernel;
  kernel::LoopNest nest;
  mlir::Value n, begin, end;
  /// Null where the kernel has none.
  mlir::Value scratch;

private:
  void writeFunctions(mlir::ModuleOp module, llvm::StringRef symbol,
                      bool usesScratch);
  mlir::Value locate(unsigned index, const Point &point);

  llvm::SmallVector<mlir::Value> buffers;
  mlir::Block *entry = nullptr;
};

} // namespace dlc::emit::host
