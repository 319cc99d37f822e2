// What convolutions and pools share: windows over the middle of [n, h, w, c].
#include "dialects/prim/Window.h"
#include "dialects/prim/Infer.h"

using namespace mlir;

namespace dlc::prim {

LogicalResult verifyImages(std::optional<Location> loc, StringRef op,
                           StringRef name, RankedTensorType x) {
  bool known = x.getRank() == 4 &&
               llvm::none_of(x.getShape().drop_front(), ShapedType::isDynamic);
  if (known)
    return success();
  return emitOptionalError(loc, op, ": ", name, " is ", x,
                           " but images are [n, h, w, c] with known h, w and "
                           "c; reshape it first");
}

FailureOr<std::array<int64_t, 2>>
inferGrid(std::optional<Location> loc, StringRef op, RankedTensorType x,
          ArrayRef<int64_t> window, ArrayRef<int64_t> strides,
          ArrayRef<int64_t> padding, ArrayRef<int64_t> dilation) {
  if (failed(verifyNumbers(loc, op, "window", window, 2, 1)) ||
      failed(verifyNumbers(loc, op, "strides", strides, 2, 1)) ||
      failed(verifyNumbers(loc, op, "padding", padding, 4, 0)) ||
      failed(verifyNumbers(loc, op, "dilation", dilation, 2, 1)))
    return failure();

  std::array<int64_t, 2> grid;
  for (int64_t i = 0; i < 2; ++i) {
    int64_t size = x.getDimSize(1 + i) + padding[2 * i] + padding[2 * i + 1];
    int64_t reach = (window[i] - 1) * dilation[i] + 1;
    if (reach > size)
      return emitOptionalError(loc, op, ": a window reaches over ", reach,
                               " elements of dimension ", 1 + i, " but ", x,
                               " with its padding has ", size,
                               "; take a smaller window or more padding");
    grid[i] = (size - reach) / strides[i] + 1;
  }
  return grid;
}

LogicalResult verifyImplied(std::optional<Location> loc, StringRef op,
                            StringRef name, Type type, Type expected) {
  if (type == expected)
    return success();
  return emitOptionalError(loc, op, ": ", name, " is ", type,
                           " but the other types imply ", expected,
                           "; correct one of them");
}

NamedAttribute getPaddingConfig(MLIRContext *context,
                                ArrayRef<int64_t> padding) {
  Builder b(context);
  Attribute rows = b.getDenseI64ArrayAttr(padding.take_front(2));
  Attribute columns = b.getDenseI64ArrayAttr(padding.drop_front(2));
  return b.getNamedAttr("padding", b.getArrayAttr({rows, columns}));
}

} // namespace dlc::prim
