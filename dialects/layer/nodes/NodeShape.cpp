// Reshape, Transpose, ExpandDims and Squeeze: the same elements elsewhere.
#include "dialects/layer/layers/Axes.h"
#include "dialects/layer/layers/reshaping/Resize.h"
#include "dialects/prim/Prim.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

//===-- Reshape -----------------------------------------------------------===//

FailureOr<Type> ReshapeNodeOp::inferResult(std::optional<Location> loc,
                                           Adaptor node) {
  RankedTensorType x = typeOf(node.getX());
  SmallVector<int64_t> target = node.getNewshape(), shape;
  ArrayRef<int64_t> old = x.getShape(), wanted = target;
  bool hasBatch = !old.empty() && x.isDynamicDim(0);
  bool fits = true;
  if (hasBatch) {
    // -1 or null stands for it; after null there may be another -1.
    bool isNull = !wanted.empty() && ShapedType::isDynamic(wanted.front());
    fits = isNull || (!wanted.empty() && wanted.front() == -1 &&
                      !llvm::is_contained(wanted.drop_front(), -1));
    old = old.drop_front();
    wanted = wanted.drop_front(wanted.empty() ? 0 : 1);
    shape.push_back(ShapedType::kDynamic);
  }
  auto resolved = resolveShape(old, wanted);
  if (!fits || failed(resolved))
    return emitLayerError<ReshapeNodeOp>(
        loc, node, "newshape is ", formatSizes(target), " but its input is ", x,
        "; start with -1 for the batch and keep the number of elements of a "
        "sample");
  llvm::append_range(shape, *resolved);
  return Type(x.clone(shape));
}

Value ReshapeNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return reshapeTo(b, getX(), getType());
}

//===-- Transpose ---------------------------------------------------------===//

/// Null means the reverse order.
static SmallVector<int64_t>
permutationOf(std::optional<SmallVector<int64_t>> axes, int64_t rank) {
  SmallVector<int64_t> permutation;
  for (int64_t i = 0; i < rank; ++i)
    permutation.push_back(axes && i < int64_t(axes->size())
                              ? ((*axes)[i] + rank) % rank
                              : rank - 1 - i);
  return permutation;
}

FailureOr<Type> TransposeNodeOp::inferResult(std::optional<Location> loc,
                                             Adaptor node) {
  RankedTensorType x = typeOf(node.getX());
  auto axes = node.getAxes();
  SmallVector<int64_t> permutation = permutationOf(axes, x.getRank());
  SmallVector<int64_t> sorted = permutation;
  llvm::sort(sorted);
  bool fits = !axes || int64_t(axes->size()) == x.getRank();
  for (auto [i, dim] : llvm::enumerate(sorted))
    fits &= dim == int64_t(i);
  if (!fits)
    return emitLayerError<TransposeNodeOp>(
        loc, node, "axes are ", formatSizes(*axes), " but its input is ", x,
        "; name each dimension once");
  if (x.getRank() > 0 && x.isDynamicDim(0) && permutation.front() != 0)
    return emitLayerError<TransposeNodeOp>(
        loc, node, "moves the batch to dimension ",
        llvm::find(permutation, 0) - permutation.begin(),
        " but it comes first; keep 0 as the first of axes");
  SmallVector<int64_t> shape = llvm::map_to_vector(
      permutation, [&](int64_t dim) { return x.getDimSize(dim); });
  return Type(x.clone(shape));
}

Value TransposeNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return prim::TransposeOp::create(
      b, getX(), permutationOf(getAxes(), getType().getRank()));
}

//===-- Dimensions of size 1 ----------------------------------------------===//

FailureOr<Type> ExpandDimsNodeOp::inferResult(std::optional<Location> loc,
                                              Adaptor node) {
  RankedTensorType x = typeOf(node.getX());
  SmallVector<int64_t> axes = node.getAxis();
  int64_t rank = x.getRank() + axes.size();
  for (int64_t axis : axes)
    if (axis < -rank || axis >= rank ||
        (x.getRank() > 0 && x.isDynamicDim(0) && (axis + rank) % rank == 0))
      return emitLayerError<ExpandDimsNodeOp>(
          loc, node, "axis is ", axis, " but its input is ", x,
          " and the batch stays first; choose one from 1 to ", rank - 1);
  SmallVector<int64_t> added = normalizeAxes(axes, rank), shape(x.getShape());
  for (int64_t axis : added)
    shape.insert(shape.begin() + axis, 1);
  return Type(x.clone(shape));
}

Value ExpandDimsNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return reshapeTo(b, getX(), getType());
}

FailureOr<Type> SqueezeNodeOp::inferResult(std::optional<Location> loc,
                                           Adaptor node) {
  RankedTensorType x = typeOf(node.getX());
  SmallVector<int64_t> axes;
  if (node.getAxis())
    axes = *node.getAxis();
  else
    for (int64_t i = 0; i < x.getRank(); ++i)
      if (x.getDimSize(i) == 1)
        axes.push_back(i);
  auto dims = normalizeAxes<SqueezeNodeOp>(loc, node, axes, x);
  if (failed(dims))
    return failure();
  SmallVector<int64_t> shape;
  for (int64_t i = 0; i < x.getRank(); ++i) {
    if (!llvm::is_contained(*dims, i))
      shape.push_back(x.getDimSize(i));
    else if (x.getDimSize(i) != 1)
      return emitLayerError<SqueezeNodeOp>(loc, node, "axis is ", i,
                                           " but that dimension of ", x,
                                           " is not of size 1; choose another");
  }
  return Type(x.clone(shape));
}

Value SqueezeNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return reshapeTo(b, getX(), getType());
}
