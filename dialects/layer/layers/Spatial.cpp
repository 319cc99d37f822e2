// Images: where height, width and channels are, and what windows need.
#include "dialects/layer/layers/Spatial.h"
#include "dialects/prim/Prim.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

Value dlc::layer::moveChannelsLast(ImplicitLocOpBuilder &b, Value x) {
  return prim::TransposeOp::create(b, x, ArrayRef<int64_t>{0, 2, 3, 1});
}

Value dlc::layer::moveChannelsFirst(ImplicitLocOpBuilder &b, Value x) {
  return prim::TransposeOp::create(b, x, ArrayRef<int64_t>{0, 3, 1, 2});
}

SmallVector<int64_t> dlc::layer::orderImage(StringRef dataFormat, int64_t n,
                                            ArrayRef<int64_t> hw, int64_t c) {
  if (isChannelsFirst(dataFormat))
    return {n, c, hw[0], hw[1]};
  return {n, hw[0], hw[1], c};
}

std::array<int64_t, 2> dlc::layer::toPair(ArrayRef<int64_t> sizes) {
  return {sizes.front(), sizes.back()};
}

Windows dlc::layer::placeWindows(ArrayRef<int64_t> image, bool same,
                                 std::array<int64_t, 2> size,
                                 std::array<int64_t, 2> strides,
                                 std::array<int64_t, 2> dilation) {
  Windows windows{size, strides, dilation, {0, 0, 0, 0}, {0, 0}};
  for (unsigned d : {0, 1}) {
    int64_t reach = (size[d] - 1) * dilation[d] + 1;
    if (!same) {
      int64_t room = image[d] - reach;
      windows.count[d] = room < 0 ? 0 : room / strides[d] + 1;
      continue;
    }
    windows.count[d] = llvm::divideCeil(image[d], strides[d]);
    int64_t total = std::max<int64_t>(
        (windows.count[d] - 1) * strides[d] + reach - image[d], 0);
    windows.padding[2 * d] = total / 2;
    windows.padding[2 * d + 1] = total - total / 2;
  }
  return windows;
}
