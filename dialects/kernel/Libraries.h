// Which launches a library of the GPU's computes.
#pragma once

#include "llvm/ADT/StringRef.h"

namespace dlc::kernel {

/// On a kernel.library: the library's name, "cublaslt" or "cudnn". Without it
/// the target's emitter writes the routine itself.
inline constexpr llvm::StringLiteral libraryKey = "kernel.by";

} // namespace dlc::kernel
