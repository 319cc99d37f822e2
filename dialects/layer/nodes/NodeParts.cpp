// Split, Unstack and Stack: one tensor along an axis as several, and back.
#include "dialects/layer/Layer.h"
#include "dialects/layer/layers/Axes.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Numbers.h"
#include "dialects/layer/layers/reshaping/Resize.h"
#include "dialects/layer/nodes/Parts.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

Value dlc::layer::takePart(ImplicitLocOpBuilder &b, Value x, int64_t dim,
                           int64_t start, int64_t count) {
  auto type = cast<RankedTensorType>(x.getType());
  SmallVector<int64_t> starts(type.getRank(), 0), strides(type.getRank(), 1);
  SmallVector<int64_t> sizes(type.getShape());
  llvm::replace(sizes, ShapedType::kDynamic, int64_t(-1));
  starts[dim] = start;
  sizes[dim] = count;
  return prim::SliceOp::create(b, x, starts, sizes, strides);
}

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

/// x with another size along a dimension.
static RankedTensorType resize(RankedTensorType x, int64_t dim, int64_t size) {
  SmallVector<int64_t> shape(x.getShape());
  shape[dim] = size;
  return x.clone(shape);
}

static RankedTensorType drop(RankedTensorType x, int64_t dim) {
  SmallVector<int64_t> shape(x.getShape());
  shape.erase(shape.begin() + dim);
  return x.clone(shape);
}

//===-- Split -------------------------------------------------------------===//

/// Where parts end, from the number of equal ones or from the indices of the
/// first elements of all but the first; failure where a part were empty.
static FailureOr<SmallVector<int64_t>> findEnds(Attribute attribute,
                                                int64_t size) {
  SmallVector<int64_t> ends;
  if (auto sections = dyn_cast<IntegerAttr>(attribute)) {
    int64_t count = sections.getInt();
    if (count < 1 || size % count != 0)
      return failure();
    for (int64_t i = 1; i <= count; ++i)
      ends.push_back(i * (size / count));
    return ends;
  }
  for (int64_t index : toInts(attribute))
    ends.push_back(index < 0 ? index + size : index);
  ends.push_back(size);
  int64_t last = 0;
  for (int64_t end : ends)
    if (std::exchange(last, end) >= end || end > size)
      return failure();
  return ends;
}

LogicalResult SplitNodeOp::inferResults(std::optional<Location> loc,
                                        Adaptor node,
                                        SmallVectorImpl<Type> &types) {
  RankedTensorType x = typeOf(node.getX());
  auto dims =
      normalizeAxes<SplitNodeOp>(loc, node, {int64_t(node.getAxis())}, x);
  if (failed(dims))
    return failure();
  int64_t dim = dims->front();
  auto ends = findEnds(node.getIndicesOrSectionsAttr(), x.getDimSize(dim));
  if (failed(ends))
    return emitLayerError<SplitNodeOp>(
        loc, node, "indices_or_sections is ",
        formatNumbers(node.getIndicesOrSectionsAttr()), " but dimension ", dim,
        " of ", x, " has ", x.getDimSize(dim),
        " elements; give a number that divides it, or ascending indices "
        "within it");
  int64_t start = 0;
  for (int64_t end : *ends)
    types.push_back(resize(x, dim, end - std::exchange(start, end)));
  return success();
}

SmallVector<Value> SplitNodeOp::expandAll(ImplicitLocOpBuilder &b,
                                          ExpandContext &) {
  RankedTensorType x = getX().getType();
  int64_t dim = normalizeAxes({int64_t(getAxis())}, x.getRank()).front();
  SmallVector<Value> parts;
  int64_t start = 0;
  for (int64_t end : *findEnds(getIndicesOrSectionsAttr(), x.getDimSize(dim))) {
    parts.push_back(takePart(b, getX(), dim, start, end - start));
    start = end;
  }
  return parts;
}

Value SplitNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  return expandAll(b, ctx).front();
}

//===-- Unstack -----------------------------------------------------------===//

LogicalResult UnstackNodeOp::inferResults(std::optional<Location> loc,
                                          Adaptor node,
                                          SmallVectorImpl<Type> &types) {
  RankedTensorType x = typeOf(node.getX());
  auto dims =
      normalizeAxes<UnstackNodeOp>(loc, node, {int64_t(node.getAxis())}, x);
  if (failed(dims))
    return failure();
  int64_t size = x.getDimSize(dims->front());
  if (node.getNum().value_or(size) != size)
    return emitLayerError<UnstackNodeOp>(
        loc, node, "num is ", *node.getNum(), " but dimension ", dims->front(),
        " of ", x, " has ", size, " elements; leave it out");
  types.append(size, drop(x, dims->front()));
  return success();
}

SmallVector<Value> UnstackNodeOp::expandAll(ImplicitLocOpBuilder &b,
                                            ExpandContext &) {
  RankedTensorType x = getX().getType();
  int64_t dim = normalizeAxes({int64_t(getAxis())}, x.getRank()).front();
  SmallVector<Value> parts;
  for (int64_t i = 0; i < x.getDimSize(dim); ++i)
    parts.push_back(reshapeTo(b, takePart(b, getX(), dim, i, 1), drop(x, dim)));
  return parts;
}

Value UnstackNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  return expandAll(b, ctx).front();
}

//===-- Stack -------------------------------------------------------------===//

FailureOr<Type> StackNodeOp::inferResult(std::optional<Location> loc,
                                         Adaptor node) {
  RankedTensorType first = typeOf(node.getXs().front());
  Type element = first.getElementType();
  for (Value x : node.getXs()) {
    if (typeOf(x).getShape() != first.getShape())
      return emitLayerError<StackNodeOp>(
          loc, node, "is given ", typeOf(x), " and ", first,
          " but stacks tensors of one shape; reshape one of them");
    element = promoteElements(element, typeOf(x).getElementType());
  }
  int64_t rank = first.getRank() + 1, axis = node.getAxis();
  if (axis < -rank || axis >= rank || (axis + rank) % rank == 0)
    return emitLayerError<StackNodeOp>(
        loc, node, "axis is ", axis, " but its inputs are ", first,
        " and the batch stays first; choose one from 1 to ", rank - 1);
  SmallVector<int64_t> shape(first.getShape());
  shape.insert(shape.begin() + (axis + rank) % rank, node.getXs().size());
  return Type(RankedTensorType::get(shape, element));
}

Value StackNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  RankedTensorType type = getType();
  int64_t dim = normalizeAxes({int64_t(getAxis())}, type.getRank()).front();
  SmallVector<Value> parts = llvm::map_to_vector(getXs(), [&](Value x) {
    return reshapeTo(b, convertTo(b, x, type.getElementType()),
                     resize(type, dim, 1));
  });
  if (parts.size() == 1)
    return parts.front();
  return prim::ConcatOp::create(b, parts, dim);
}
