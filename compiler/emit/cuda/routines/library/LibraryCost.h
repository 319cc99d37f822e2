// What a product is predicted to take on a GPU: by our kernel, and by a
// library.
#pragma once

#include "compiler/emit/cuda/routines/product/Tile.h"
#include "runtime/artifact/Artifact.h"
#include "runtime/core/KnownGpus.h"

#include <optional>

namespace dlc::emit::cuda::routines {

/// What a GPU realises of its rates, about, and the time from launch to launch.
inline constexpr double realised = 0.8, launchSeconds = 2.5e-6;

/// What cuBLASLt may work in: sums of slices of the depth, which a kernel of
/// its own adds up in their order.
inline constexpr int64_t workspaceBytes = 4 << 20;

/// What cuDNN may work in, behind the kernel: a table of places, and sums of
/// slices of a kernel's gradient.
inline constexpr int64_t convWorkspaceBytes = 32 << 20;

/// How a library is asked to multiply; it has no float32 in three products.
std::optional<artifact::LibraryProduct::Compute> toCompute(Precision precision);

/// Seconds in which the multipliers are done, without the launch: of the plan
/// that planProduct gives, ...
double predictOwn(const KnownGpu &gpu, const ProductSizes &sizes,
                  Precision precision, bool hasEpilogue);

/// ... and of a library, which has tiles of other sizes and the GPU's newest
/// instructions, and sums of slices in a workspace of so many bytes.
double predictLibrary(const KnownGpu &gpu, const ProductSizes &sizes,
                      Precision precision, int64_t workspace);

} // namespace dlc::emit::cuda::routines
