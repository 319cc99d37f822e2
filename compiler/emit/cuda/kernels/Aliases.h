// Which tensors of a launch lie over each other.
#pragma once

#include "dialects/kernel/Kernel.h"
#include "llvm/ADT/DenseSet.h"

namespace dlc::emit::cuda {

/// The tensors (inputs, then outputs) that the plan gave a place which an
/// output has too. None before there is a plan.
llvm::SmallDenseSet<unsigned> findAliased(mlir::Operation *launch);

} // namespace dlc::emit::cuda
