// GroupNormalization: each group of a sample's channels by its own mean and
// variance.
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/layers/reshaping/Resize.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

/// The dimension of the channels; -1 is the last.
static int64_t channelsOf(int64_t axis, RankedTensorType x) {
  return axis == -1 ? x.getRank() - 1 : axis;
}

FailureOr<Type> GroupNormalizationOp::inferResult(std::optional<Location> loc,
                                                  Adaptor layer) {
  auto x = cast<RankedTensorType>(layer.getX().getType());
  int64_t axis = channelsOf(layer.getAxis(), x);
  if (axis < 1 || axis >= x.getRank())
    return emitLayerError<GroupNormalizationOp>(
        loc, layer, "axis is ", int64_t(layer.getAxis()), " but its input is ",
        x, "; choose one of the dimensions after the batch, or -1");
  int64_t groups = layer.getGroups(), channels = x.getDimSize(axis);
  if (groups != -1 && (groups < 1 || channels % groups != 0))
    return emitLayerError<GroupNormalizationOp>(
        loc, layer, "groups is ", groups, " but its input has ", channels,
        " channels; choose a number that divides them, or -1 for one each");
  return Type(x.clone(Float32Type::get(x.getContext())));
}

// gamma, beta [channels]
SmallVector<WeightSpec> GroupNormalizationOp::weights() {
  RankedTensorType x = getType();
  auto type = RankedTensorType::get(x.getDimSize(channelsOf(getAxis(), x)),
                                    Float32Type::get(getContext()));
  SmallVector<WeightSpec> weights;
  if (getScale())
    weights.push_back({"gamma", type, true, getGammaInitializer(),
                       getGammaRegularizerAttr()});
  if (getCenter())
    weights.push_back(
        {"beta", type, true, getBetaInitializer(), getBetaRegularizerAttr()});
  return weights;
}

// x [n, ..., c, ...] -> g [n, ..., groups, c / groups, ...]
// mean, variance over all of g but n and groups,
// inv = rsqrt(variance + epsilon) gamma,  y = g inv + (beta - mean inv)
Value GroupNormalizationOp::expand(ImplicitLocOpBuilder &b,
                                   ExpandContext &ctx) {
  Formula f(b);
  RankedTensorType plain = getType();
  int64_t axis = channelsOf(getAxis(), plain);
  int64_t channels = plain.getDimSize(axis);
  int64_t groups = int64_t(getGroups()) == -1 ? channels : getGroups();
  SmallVector<int64_t> shape(plain.getShape());
  shape[axis] = channels / groups;
  shape.insert(shape.begin() + axis, groups);
  auto type = RankedTensorType::get(shape, b.getF32Type());
  Value x = reshapeTo(b, convertTo(b, getX(), b.getF32Type()), type);

  SmallVector<int64_t> within, others;
  int64_t count = 1;
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    if (dim != 0 && dim != axis) {
      within.push_back(dim);
      count *= type.getDimSize(dim);
    }
    if (dim != axis && dim != axis + 1)
      others.push_back(dim);
  }
  auto average = [&](Value of) {
    return f.div(prim::ReduceSumOp::create(b, of, within), double(count));
  };
  auto onAll = [&](Value statistic) -> Value {
    return prim::BroadcastOp::create(b, type, statistic, within);
  };
  auto weight = [&](StringRef name) -> Value {
    auto split =
        RankedTensorType::get({groups, channels / groups}, b.getF32Type());
    return prim::BroadcastOp::create(
        b, type, reshapeTo(b, ctx.weight(name), split), others);
  };

  Value mean = average(x);
  Value variance = average(f.square(f.sub(x, onAll(mean))));
  Value inv = onAll(f.apply<prim::RsqrtOp>(f.add(variance, getEpsilon())));
  if (getScale())
    inv = f.mul(inv, weight("gamma"));
  Value shift = f.mul(f.apply<prim::NegOp>(onAll(mean)), inv);
  if (getCenter())
    shift = f.add(shift, weight("beta"));
  return reshapeTo(b, f.add(f.mul(x, inv), shift), plain);
}
