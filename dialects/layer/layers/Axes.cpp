// Dimensions as Keras counts them.
#include "dialects/layer/layers/Axes.h"

using namespace mlir;

SmallVector<int64_t> dlc::layer::normalizeAxes(ArrayRef<int64_t> axes,
                                               int64_t rank) {
  SmallVector<int64_t> dims = llvm::map_to_vector(
      axes, [&](int64_t axis) { return (axis + rank) % rank; });
  llvm::sort(dims);
  dims.erase(llvm::unique(dims), dims.end());
  return dims;
}
