// A "dot" that cuBLASLt computes instead of a kernel of ours.
#pragma once

#include "compiler/emit/cuda/routines/RoutineCall.h"

namespace dlc::emit::cuda::routines {

/// What the library would be asked for. Nothing where it has no such product:
/// dimensions that no stride walks, single rows or columns, a bias that is not
/// one number a column, float32 in three products (tf32x3).
Expected<std::optional<artifact::LibraryProduct>>
readLibraryDot(RoutineCall &call);

/// A launch of the library's. An error where it has no such product.
Expected<KernelText> emitLibraryDot(RoutineCall &call);

} // namespace dlc::emit::cuda::routines
