// Constraints of weights.
#include "dialects/layer/layers/Constraint.h"
#include "dialects/layer/layers/Axes.h"
#include "dialects/layer/layers/Scalars.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

// "depthwise_kernel" is under "depthwise" in Keras' configs, and so is the one
// kernel of a DepthwiseConv2D.
std::string dlc::layer::getConstraintKey(Operation *layer, StringRef weight) {
  if (isa<DepthwiseConv2DOp>(layer) && weight == "kernel")
    return "depthwise_constraint";
  // "query/kernel" is a layer's inside this one, which hands on its own keys.
  weight = weight.substr(weight.rfind('/') + 1);
  weight.consume_back("_kernel");
  return (weight + "_constraint").str();
}

/// A number of the config, or what it is by default.
static double getNumber(DictionaryAttr config, StringRef key,
                        double byDefault) {
  return findNumber(config.get(key)).value_or(byDefault);
}

/// The dimensions over which norms are taken: those of `axis`, 0 by default,
/// all where it is null. Failure where the weight has no such dimension.
static FailureOr<SmallVector<int64_t>> findDims(Attribute axis, int64_t rank) {
  SmallVector<int64_t> axes = {0};
  if (isa_and_nonnull<UnitAttr>(axis))
    axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  else if (isa_and_nonnull<IntegerAttr>(axis))
    axes = toInts(axis);
  else if (auto list = dyn_cast_or_null<ArrayAttr>(axis)) {
    if (!llvm::all_of(list, llvm::IsaPred<IntegerAttr>))
      return failure();
    axes = toInts(axis);
  } else if (axis)
    return failure();
  for (int64_t each : axes)
    if (each < -rank || each >= rank)
      return failure();
  return normalizeAxes(axes, rank);
}

namespace {

/// Norms of parts of w, each in every element of its part.
struct Norms {
  Formula f;
  Value w, norms;

  // sqrt(sum of w^2 over the dims)
  Norms(ImplicitLocOpBuilder &b, Value w, ArrayRef<int64_t> dims) : f(b), w(w) {
    Value sums = prim::ReduceSumOp::create(b, f.square(w), dims);
    Value roots = f.apply<prim::SqrtOp>(sums);
    norms = prim::BroadcastOp::create(b, w.getType(), roots, dims);
  }

  // w wanted / (norms + 1e-7)
  Value scaleTo(Value wanted) {
    return f.mul(w, f.div(wanted, f.add(norms, 1e-7)));
  }
};

} // namespace

// max_norm:     w clip(norms, 0, max) / (norms + 1e-7)
// min_max_norm: w (rate clip(norms, min, max) + (1 - rate) norms)
//                 / (norms + 1e-7)
// unit_norm:    w / (norms + 1e-7)
// non_neg:      max(w, 0)
FailureOr<Value> dlc::layer::buildConstraint(ImplicitLocOpBuilder &b,
                                             StringRef thing,
                                             Attribute constraint, Value w) {
  if (isNull(constraint))
    return w;
  std::string kind = getObjectClass(constraint);
  if (kind == "non_neg")
    return Formula(b).max(w, 0);
  if (kind != "max_norm" && kind != "min_max_norm" && kind != "unit_norm")
    return emitError(b.getLoc())
           << thing << ": the constraint is " << constraint
           << " but dlc knows max_norm, min_max_norm, non_neg and unit_norm; "
              "use one of these";

  DictionaryAttr config = getObjectConfig(constraint);
  for (StringRef key : {"min_value", "max_value", "rate"})
    if (Attribute value = config.get(key); value && !findNumber(value))
      return emitError(b.getLoc())
             << thing << ": the constraint's " << key << " is " << value
             << " but norms are numbers; give one";
  auto type = cast<RankedTensorType>(w.getType());
  auto dims = findDims(config.get("axis"), type.getRank());
  if (failed(dims))
    return emitError(b.getLoc())
           << thing << ": the constraint's axis is " << config.get("axis")
           << " but the weight is " << type << "; name dimensions that it has";

  Norms n(b, w, *dims);
  if (kind == "unit_norm")
    return n.f.div(w, n.f.add(n.norms, 1e-7));
  if (kind == "max_norm")
    return n.scaleTo(n.f.clip(n.norms, 0, getNumber(config, "max_value", 2)));
  double rate = getNumber(config, "rate", 1);
  Value clipped = n.f.clip(n.norms, getNumber(config, "min_value", 0),
                           getNumber(config, "max_value", 1));
  return n.scaleTo(n.f.add(n.f.mul(clipped, rate), n.f.mul(n.norms, 1 - rate)));
}
