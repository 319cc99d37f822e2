// Dot: products of two tensors, summed over a dimension of each.
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/layers/reshaping/Resize.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

/// The dimension of each tensor over which to sum. One negative number counts
/// from the end of each tensor, and around (keras/src/layers/merging/dot.py).
/// Failure where a tensor has no such dimension or it is the batch.
static FailureOr<std::array<int64_t, 2>> resolveAxes(Attribute axes,
                                                     ValueRange xs) {
  SmallVector<int64_t> given = toInts(axes);
  bool one = isa<IntegerAttr>(axes);
  if (!one && given.size() != 2)
    return failure();
  std::array<int64_t, 2> dims;
  for (auto [i, x] : llvm::enumerate(xs)) {
    int64_t axis = given[one ? 0 : i], rank = typeOf(x).getRank();
    if (axis >= rank || (!one && axis < -rank))
      return failure();
    dims[i] = axis < 0 ? (axis % rank + rank) % rank : axis;
    if (dims[i] == 0)
      return failure();
  }
  return dims;
}

/// The batch, then what is left of both; a lone batch gets a dimension of 1.
static SmallVector<int64_t> inferShape(ValueRange xs,
                                       std::array<int64_t, 2> dims) {
  SmallVector<int64_t> shape = {typeOf(xs[0]).getDimSize(0)};
  for (auto [x, summed] : llvm::zip_equal(xs, dims))
    for (int64_t dim = 1; dim < typeOf(x).getRank(); ++dim)
      if (dim != summed)
        shape.push_back(typeOf(x).getDimSize(dim));
  if (shape.size() == 1)
    shape.push_back(1);
  return shape;
}

FailureOr<Type> DotOp::inferResult(std::optional<Location> loc, Adaptor layer) {
  ValueRange xs = layer.getXs();
  if (xs.size() != 2)
    return emitLayerError<DotOp>(loc, layer, "has ", xs.size(),
                                 " inputs but multiplies two; give it these");
  for (Value x : xs)
    if (typeOf(x).getRank() < 2)
      return emitLayerError<DotOp>(
          loc, layer, "has the input ", typeOf(x),
          " but sums over a dimension beside the batch; reshape it to two at "
          "least");
  if (!isa<FloatType>(typeOf(xs[0]).getElementType()) &&
      !isa<FloatType>(typeOf(xs[1]).getElementType()))
    return emitLayerError<DotOp>(
        loc, layer, "has the inputs ", typeOf(xs[0]), " and ", typeOf(xs[1]),
        " but multiplies in float32; cast one of them");
  auto dims = resolveAxes(layer.getAxesAttr(), xs);
  if (failed(dims))
    return emitLayerError<DotOp>(
        loc, layer, "axes are ", formatSizes(layer.getAxes()),
        " but its inputs are ", typeOf(xs[0]), " and ", typeOf(xs[1]),
        "; name one dimension of each beside the batch");
  if (typeOf(xs[0]).getDimSize((*dims)[0]) !=
      typeOf(xs[1]).getDimSize((*dims)[1]))
    return emitLayerError<DotOp>(loc, layer, "sums over dimension ", (*dims)[0],
                                 " of ", typeOf(xs[0]), " and dimension ",
                                 (*dims)[1], " of ", typeOf(xs[1]),
                                 " but their sizes differ; choose other axes");
  return Type(RankedTensorType::get(
      inferShape(xs, *dims),
      Float32Type::get(layer.getNameAttr().getContext())));
}

// x min(1 / sqrt(sum x^2), 1 / 1e-7), summed over `dim`
static Value normalize(ImplicitLocOpBuilder &b, Value x, int64_t dim) {
  Formula f(b);
  SmallVector<int64_t> dims = {dim};
  Value squares = prim::ReduceSumOp::create(b, f.square(x), dims);
  Value inverse = f.min(f.apply<prim::RsqrtOp>(squares), 1 / 1e-7);
  return f.mul(x, prim::BroadcastOp::create(b, x.getType(), inverse, dims));
}

// y[n, l..., r...] = sum_k x1[n, l..., k] x2[n, r..., k], k anywhere in each
Value DotOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  std::array<int64_t, 2> dims = *resolveAxes(getAxesAttr(), getXs());
  std::array<Value, 2> xs;
  for (auto [i, x] : llvm::enumerate(getXs())) {
    xs[i] = convertTo(b, x, b.getF32Type());
    if (getNormalize())
      xs[i] = normalize(b, xs[i], dims[i]);
  }
  SmallVector<int64_t> batch = {0};
  Value y = prim::DotOp::create(b, xs[0], xs[1], batch, batch,
                                ArrayRef<int64_t>{dims[0]},
                                ArrayRef<int64_t>{dims[1]});
  return reshapeTo(b, y, getType());
}
