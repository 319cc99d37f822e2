// Flatten and Reshape: new shapes for the same elements.
#include "dialects/layer/layers/reshaping/Resize.h"
#include "dialects/prim/Prim.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

FailureOr<SmallVector<int64_t>>
dlc::layer::resolveShape(ArrayRef<int64_t> shape, ArrayRef<int64_t> target) {
  int64_t count = ShapedType::getNumElements(shape), known = 1;
  SmallVector<int64_t> resolved(target);
  int64_t *unknown = nullptr;
  for (int64_t &size : resolved) {
    if (size == -1 && !unknown) {
      unknown = &size;
      continue;
    }
    if (size < 1 || known > count)
      return failure();
    known *= size;
  }
  if (unknown ? count % known != 0 : count != known)
    return failure();
  if (unknown)
    *unknown = count / known;
  return resolved;
}

std::string dlc::layer::formatSizes(ArrayRef<int64_t> sizes) {
  std::string text = "(";
  llvm::raw_string_ostream stream(text);
  llvm::interleaveComma(sizes, stream, [&](int64_t size) {
    if (ShapedType::isDynamic(size))
      stream << "null";
    else
      stream << size;
  });
  stream << ")";
  return text;
}

Value dlc::layer::reshapeTo(ImplicitLocOpBuilder &b, Value x,
                            RankedTensorType type) {
  if (x.getType() == type)
    return x;
  return prim::ReshapeOp::create(b, type, x);
}

//===-- Flatten -----------------------------------------------------------===//

FailureOr<Type> FlattenOp::inferResult(std::optional<Location> loc,
                                       Adaptor layer) {
  auto x = cast<RankedTensorType>(layer.getX().getType());
  StringRef format = layer.getDataFormat();
  if (format != "channels_last" && format != "channels_first")
    return emitLayerError<FlattenOp>(
        loc, layer, "data_format is \"", format,
        "\" but images are channels_last or channels_first; choose one of "
        "these");
  if (x.getRank() < 1)
    return emitLayerError<FlattenOp>(loc, layer, "input is ", x,
                                     " but has no batch; give it samples");
  int64_t features = ShapedType::getNumElements(x.getShape().drop_front());
  return Type(x.clone({x.getDimSize(0), features}));
}

// Channels first are moved to the end, so that both formats flatten alike.
Value FlattenOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  Value x = getX();
  int64_t rank = getX().getType().getRank();
  if (getDataFormat() == "channels_first" && rank > 2) {
    SmallVector<int64_t> permutation = {0};
    llvm::append_range(permutation, llvm::seq<int64_t>(2, rank));
    permutation.push_back(1);
    x = prim::TransposeOp::create(b, x, permutation);
  }
  return reshapeTo(b, x, getType());
}

//===-- Reshape -----------------------------------------------------------===//

FailureOr<Type> ReshapeOp::inferResult(std::optional<Location> loc,
                                       Adaptor layer) {
  auto x = cast<RankedTensorType>(layer.getX().getType());
  if (x.getRank() < 1)
    return emitLayerError<ReshapeOp>(loc, layer, "input is ", x,
                                     " but has no batch; give it samples");
  SmallVector<int64_t> target = layer.getTargetShape();
  auto resolved = resolveShape(x.getShape().drop_front(), target);
  if (failed(resolved))
    return emitLayerError<ReshapeOp>(
        loc, layer, "target_shape is ", formatSizes(target),
        " but a sample has ",
        ShapedType::getNumElements(x.getShape().drop_front()),
        " elements; give sizes whose product is that, one of them -1 at most");
  SmallVector<int64_t> shape = {x.getDimSize(0)};
  llvm::append_range(shape, *resolved);
  return Type(x.clone(shape));
}

Value ReshapeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return reshapeTo(b, getX(), getType());
}
