// What a thread does at one point of the space, or at four neighbours.
#pragma once

#include "compiler/emit/cuda/kernels/ScalarCode.h"

namespace dlc::emit::cuda {

/// Values that a walk computes and a later one takes from registers.
struct KeptValue {
  mlir::Value value;
  std::string array;
};

/// One visit of an element, or of four along a loop.
struct Visit {
  /// Where; in a wide visit the first of the four.
  Point point;
  /// The loop of the neighbours, if the visit is wide.
  std::optional<unsigned> wideLoop;
  /// Written at the point.
  llvm::ArrayRef<Output> outputs;
  /// What must be computed beside the outputs.
  llvm::SmallVector<mlir::Value> roots;
  /// To be filled here, and the element's index in their arrays.
  llvm::ArrayRef<KeptValue> kept;
  std::string keptIndex;
};

/// Whether a value can be had without memory or arithmetic.
bool isFree(mlir::Value value);

/// The values that `roots` are computed from, themselves included, in the order
/// of the region; stops where `known` says so.
llvm::SmallVector<mlir::Value>
collectCone(kernel::FusedOp kernel, llvm::ArrayRef<mlir::Value> roots,
            llvm::function_ref<bool(mlir::Value)> known);

/// Writes all loads, then the scalars and what `body` makes of them, then all
/// stores. The body gets the scope and the number of the neighbour, "lane", or
/// nothing in a visit of one element.
void writeVisit(KernelCode &code, const Visit &visit, const Scope &outer,
                llvm::function_ref<void(Scope &, llvm::StringRef lane)> body);

/// "[lane]" in a wide visit, else nothing.
std::string subscript(llvm::StringRef lane);

} // namespace dlc::emit::cuda
