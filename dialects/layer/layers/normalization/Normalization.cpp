// Normalization: by statistics that were known before training.
#include "dialects/layer/layers/Axes.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Numbers.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/layers/reshaping/Resize.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

/// The dimensions with statistics of their own; -1 unless given, none for null.
template <typename Layer> static SmallVector<int64_t> axesOf(Layer layer) {
  if (!layer.getAxisAttr())
    return {-1};
  return layer.getAxis().value_or(SmallVector<int64_t>());
}

/// The sizes of x along some dimensions.
static SmallVector<int64_t> sizesOf(RankedTensorType x,
                                    ArrayRef<int64_t> dims) {
  return llvm::map_to_vector(dims,
                             [&](int64_t dim) { return x.getDimSize(dim); });
}

FailureOr<Type> NormalizationOp::inferResult(std::optional<Location> loc,
                                             Adaptor layer) {
  auto x = cast<RankedTensorType>(layer.getX().getType());
  auto dims = normalizeAxes<NormalizationOp>(loc, layer, axesOf(layer), x);
  if (failed(dims))
    return failure();
  Type result = x.clone(Float32Type::get(x.getContext()));
  Attribute mean = layer.getMeanAttr(), variance = layer.getVarianceAttr();
  if (isNull(mean) != isNull(variance))
    return emitLayerError<NormalizationOp>(
        loc, layer, "has ", isNull(mean) ? "a variance" : "a mean",
        " alone but needs both; give both, or none to keep them as weights");
  if (isNull(mean))
    return result;
  FailureOr<Numbers> means = readNumbers(mean);
  FailureOr<Numbers> variances = readNumbers(variance);
  if (failed(means) || failed(variances) || means->shape != variances->shape)
    return emitLayerError<NormalizationOp>(
        loc, layer, "mean is ", mean, " and variance ", variance,
        " but both are numbers or lists of one shape; give as many of each");
  SmallVector<int64_t> sizes = sizesOf(x, *dims);
  auto shape = broadcastShapes(sizes, means->shape);
  if (failed(shape) || *shape != sizes)
    return emitLayerError<NormalizationOp>(
        loc, layer, "mean has the shape ", formatSizes(means->shape),
        " but its axes have the sizes ", formatSizes(sizes),
        "; give a number, or one for each element of these");
  return result;
}

// mean, variance: the sizes of the axes; count, which nothing reads. None if
// the config has the numbers.
SmallVector<WeightSpec> NormalizationOp::weights() {
  if (!isNull(getMeanAttr()))
    return {};
  Builder b(getContext());
  SmallVector<int64_t> dims = normalizeAxes(axesOf(*this), getType().getRank());
  auto type = RankedTensorType::get(sizesOf(getType(), dims), b.getF32Type());
  auto count = RankedTensorType::get({}, b.getI32Type());
  Attribute zeros = b.getStringAttr("zeros"), ones = b.getStringAttr("ones");
  return {{"mean", type, false, zeros, {}},
          {"variance", type, false, ones, {}},
          {"count", count, false, zeros, {}}};
}

// deviation = max(sqrt(variance), 1e-7)
// y = (x - mean) / deviation,  inverted: y = mean + x deviation
Value NormalizationOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  Formula f(b);
  Value x = convertTo(b, getX(), b.getF32Type());
  RankedTensorType type = getType();
  SmallVector<int64_t> dims = normalizeAxes(axesOf(*this), type.getRank());
  SmallVector<int64_t> others;
  for (int64_t dim : llvm::seq<int64_t>(0, type.getRank()))
    if (!llvm::is_contained(dims, dim))
      others.push_back(dim);
  auto fit = [&](StringRef name, Attribute given) -> Value {
    Value statistic = isNull(given)
                          ? ctx.weight(name)
                          : broadcastTo(b, buildNumbers(b, *readNumbers(given)),
                                        sizesOf(type, dims));
    return prim::BroadcastOp::create(b, type, statistic, others);
  };
  Value mean = fit("mean", getMeanAttr());
  Value deviation =
      f.max(f.apply<prim::SqrtOp>(fit("variance", getVarianceAttr())), 1e-7);
  if (getInvert())
    return f.add(mean, f.mul(x, deviation));
  return f.div(f.sub(x, mean), deviation);
}
