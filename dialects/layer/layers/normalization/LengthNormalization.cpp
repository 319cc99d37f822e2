// RMSNormalization and UnitNormalization: x by its size.
#include "dialects/layer/layers/Axes.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/layers/reshaping/Resize.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

//===-- RMSNormalization --------------------------------------------------===//

FailureOr<Type> RMSNormalizationOp::inferResult(std::optional<Location> loc,
                                                Adaptor layer) {
  auto x = cast<RankedTensorType>(layer.getX().getType());
  auto dims = normalizeAxes<RMSNormalizationOp>(loc, layer, layer.getAxis(), x);
  if (failed(dims))
    return failure();
  // Keras multiplies by the scale from the last dimension on.
  if (dims->empty() || dims->size() != layer.getAxis().size() ||
      dims->front() != x.getRank() - int64_t(dims->size()))
    return emitLayerError<RMSNormalizationOp>(
        loc, layer, "axis is ", formatSizes(layer.getAxis()),
        " but its scale is for the last dimensions; name these, each once");
  return Type(x.clone(Float32Type::get(x.getContext())));
}

// scale: the sizes of the axes
SmallVector<WeightSpec> RMSNormalizationOp::weights() {
  ArrayRef<int64_t> sizes = getType().getShape().take_back(getAxis().size());
  auto type = RankedTensorType::get(sizes, Float32Type::get(getContext()));
  return {{"scale", type, true, StringAttr::get(getContext(), "ones")}};
}

// y = x rsqrt(sum x^2 / count + epsilon) scale
Value RMSNormalizationOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  Formula f(b);
  Value x = convertTo(b, getX(), b.getF32Type());
  auto type = cast<RankedTensorType>(x.getType());
  SmallVector<int64_t> dims = normalizeAxes(getAxis(), type.getRank());
  double count = 1;
  for (int64_t dim : dims)
    count *= double(type.getDimSize(dim));
  Value mean = f.div(prim::ReduceSumOp::create(b, f.square(x), dims), count);
  Value inv = f.apply<prim::RsqrtOp>(f.add(mean, getEpsilon()));
  Value y = f.mul(x, prim::BroadcastOp::create(b, type, inv, dims));
  auto others = llvm::to_vector(llvm::seq<int64_t>(0, dims.front()));
  return f.mul(y,
               prim::BroadcastOp::create(b, type, ctx.weight("scale"), others));
}

//===-- UnitNormalization -------------------------------------------------===//

FailureOr<Type> UnitNormalizationOp::inferResult(std::optional<Location> loc,
                                                 Adaptor layer) {
  auto x = cast<RankedTensorType>(layer.getX().getType());
  if (failed(
          normalizeAxes<UnitNormalizationOp>(loc, layer, layer.getAxis(), x)))
    return failure();
  return Type(x.clone(Float32Type::get(x.getContext())));
}

// y = x min(rsqrt(sum x^2), 1e12)
Value UnitNormalizationOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  Formula f(b);
  Value x = convertTo(b, getX(), b.getF32Type());
  auto type = cast<RankedTensorType>(x.getType());
  SmallVector<int64_t> dims = normalizeAxes(getAxis(), type.getRank());
  Value squares = prim::ReduceSumOp::create(b, f.square(x), dims);
  Value inv = f.min(f.apply<prim::RsqrtOp>(squares), 1e12);
  return f.mul(x, prim::BroadcastOp::create(b, type, inv, dims));
}
