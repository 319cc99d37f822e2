// A convolution, or a gradient of one, that cuDNN computes instead of a kernel
// of ours.
#pragma once

#include "compiler/emit/cuda/routines/RoutineCall.h"
#include "compiler/emit/cuda/routines/product/Tile.h"

namespace dlc::emit::cuda::routines {

/// Whether a routine is a convolution or one of its gradients.
bool isConvolution(llvm::StringRef routine);

/// What the library would be asked for. Nothing where it has no such
/// convolution: padding that differs on two sides, one channel a group, a ReLU
/// without a bias, float32 in three products (tf32x3).
Expected<std::optional<artifact::LibraryConvolution>>
readLibraryConv(RoutineCall &call);

/// A call of the library's, and the stage that turns the kernel round. An error
/// where it has no such convolution.
Expected<KernelText> emitLibraryConv(RoutineCall &call);

/// Its multiplications as those of a product of matrices. A gradient of images
/// has as many as the convolution itself, of y's pixels with the channels of x.
ProductSizes sizesOf(const artifact::LibraryConvolution &conv,
                     int64_t maxBatch);

} // namespace dlc::emit::cuda::routines
