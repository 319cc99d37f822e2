// The user's layers that a kernel serves.
#pragma once

#include "mlir/IR/Location.h"
#include "llvm/ADT/SetVector.h"

namespace dlc::kernel {

/// "Conv2D conv1", "Adam conv1/kernel": what a location that passes kept names,
/// each once.
llvm::SetVector<llvm::StringRef> findLayers(mlir::Location loc);

} // namespace dlc::kernel
