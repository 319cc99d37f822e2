// LayerNormalization: each sample by its own mean and variance.
#include "dialects/layer/layers/Axes.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/layers/reshaping/Resize.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

FailureOr<Type> LayerNormalizationOp::inferResult(std::optional<Location> loc,
                                                  Adaptor layer) {
  auto x = cast<RankedTensorType>(layer.getX().getType());
  SmallVector<int64_t> axes = layer.getAxis();
  auto dims = normalizeAxes<LayerNormalizationOp>(loc, layer, axes, x);
  if (failed(dims))
    return failure();
  if (axes.empty() || dims->size() != axes.size())
    return emitLayerError<LayerNormalizationOp>(
        loc, layer, "axis is ", formatSizes(axes),
        " but features are at least one dimension, none of them twice; name "
        "each once");
  return Type(x.clone(Float32Type::get(x.getContext())));
}

static bool hasGamma(LayerNormalizationOp layer) {
  return layer.getScale() || layer.getRmsScaling();
}
static bool hasBeta(LayerNormalizationOp layer) {
  return layer.getCenter() && !layer.getRmsScaling();
}

// gamma, beta: the sizes of the axes, in the order of the axes as Keras sorts
// them, with -1 before 1 (keras/src/layers/normalization/
// layer_normalization.py: build).
SmallVector<WeightSpec> LayerNormalizationOp::weights() {
  SmallVector<int64_t> axes = getAxis(), sizes;
  llvm::sort(axes);
  int64_t rank = getType().getRank();
  for (int64_t axis : axes)
    sizes.push_back(getType().getDimSize(axis < 0 ? axis + rank : axis));
  auto type = RankedTensorType::get(sizes, Float32Type::get(getContext()));
  SmallVector<WeightSpec> weights;
  if (hasGamma(*this))
    weights.push_back({"gamma", type, true, getGammaInitializer(),
                       getGammaRegularizerAttr()});
  if (hasBeta(*this))
    weights.push_back(
        {"beta", type, true, getBetaInitializer(), getBetaRegularizerAttr()});
  return weights;
}

// mean = sum x / count over the axes,  d = x - mean,  variance = sum d^2 /
// count inv = rsqrt(variance + epsilon) gamma,  y = x inv + (beta - mean inv)
// With rms_scaling, which Keras keeps although it is not that:
// y = x rsqrt(variance + epsilon) gamma
Value LayerNormalizationOp::expand(ImplicitLocOpBuilder &b,
                                   ExpandContext &ctx) {
  Formula f(b);
  Value x = convertTo(b, getX(), b.getF32Type());
  auto type = cast<RankedTensorType>(x.getType());
  SmallVector<int64_t> dims = normalizeAxes(getAxis(), type.getRank());
  SmallVector<int64_t> others, sizes;
  for (auto [dim, size] : llvm::enumerate(type.getShape()))
    if (!llvm::is_contained(dims, int64_t(dim)))
      others.push_back(dim);
    else
      sizes.push_back(size);

  auto average = [&](Value sum) {
    return f.div(sum, double(ShapedType::getNumElements(sizes)));
  };
  auto onAll = [&](Value statistic) -> Value {
    return prim::BroadcastOp::create(b, type, statistic, dims);
  };
  // A weight's elements are laid over the axes in the order of dimensions, also
  // where it was made in another.
  auto weight = [&](StringRef name) -> Value {
    Value w = reshapeTo(b, ctx.weight(name), type.clone(sizes));
    return others.empty() ? w : prim::BroadcastOp::create(b, type, w, others);
  };

  Value mean = average(prim::ReduceSumOp::create(b, x, dims));
  Value variance = average(prim::SquaredDeviationsOp::create(b, x, mean, dims));
  Value inv = onAll(f.apply<prim::RsqrtOp>(f.add(variance, getEpsilon())));
  if (getRmsScaling())
    return f.mul(f.mul(x, inv), weight("gamma"));
  if (hasGamma(*this))
    inv = f.mul(inv, weight("gamma"));
  Value shift = f.mul(f.apply<prim::NegOp>(onAll(mean)), inv);
  if (hasBeta(*this))
    shift = f.add(shift, weight("beta"));
  return f.add(f.mul(x, inv), shift);
}
