// Activation, ReLU, LeakyReLU, ELU and Softmax: layers that are one function of
// x.
#include "dialects/layer/layers/Axes.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/layers/activations/Activation.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

FailureOr<Type> ActivationOp::inferResult(std::optional<Location> loc,
                                          Adaptor layer) {
  return inferActivated<ActivationOp>(
      loc, layer, cast<RankedTensorType>(layer.getX().getType()));
}

Value ActivationOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return buildActivation(b, getActivation(), getX());
}

//===-- ReLU --------------------------------------------------------------===//

FailureOr<Type> ReLUOp::inferResult(std::optional<Location> loc,
                                    Adaptor layer) {
  auto check = [&](StringRef key, double value) -> LogicalResult {
    if (value >= 0)
      return success();
    return emitLayerError<ReLUOp>(loc, layer, key, " is ", formatNumber(value),
                                  " but must not be negative; give 0 or more");
  };
  if (failed(check("max_value", layer.getMaxValue().value_or(0))) ||
      failed(check("negative_slope", layer.getNegativeSlope())) ||
      failed(check("threshold", layer.getThreshold())))
    return failure();
  auto x = cast<RankedTensorType>(layer.getX().getType());
  return Type(x.clone(Float32Type::get(x.getContext())));
}

Value ReLUOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  Value x = convertTo(b, getX(), b.getF32Type());
  return buildRelu(b, x, getNegativeSlope(), getMaxValue(), getThreshold());
}

//===-- LeakyReLU and ELU -------------------------------------------------===//

FailureOr<Type> LeakyReLUOp::inferResult(std::optional<Location> loc,
                                         Adaptor layer) {
  if (layer.getNegativeSlope() < 0)
    return emitLayerError<LeakyReLUOp>(
        loc, layer, "negative_slope is ",
        formatNumber(layer.getNegativeSlope()),
        " but must not be negative; give 0 or more");
  auto x = cast<RankedTensorType>(layer.getX().getType());
  return Type(x.clone(Float32Type::get(x.getContext())));
}

Value LeakyReLUOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return buildLeakyRelu(b, convertTo(b, getX(), b.getF32Type()),
                        getNegativeSlope());
}

FailureOr<Type> ELUOp::inferResult(std::optional<Location> loc, Adaptor layer) {
  auto x = cast<RankedTensorType>(layer.getX().getType());
  return Type(x.clone(Float32Type::get(x.getContext())));
}

Value ELUOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return buildElu(b, convertTo(b, getX(), b.getF32Type()), getAlpha());
}

//===-- Softmax -----------------------------------------------------------===//

FailureOr<Type> SoftmaxOp::inferResult(std::optional<Location> loc,
                                       Adaptor layer) {
  auto x = cast<RankedTensorType>(layer.getX().getType());
  if (failed(normalizeAxes<SoftmaxOp>(loc, layer, layer.getAxis(), x)))
    return failure();
  return Type(x.clone(Float32Type::get(x.getContext())));
}

Value SoftmaxOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  Value x = convertTo(b, getX(), b.getF32Type());
  return buildSoftmax(b, x,
                      normalizeAxes(getAxis(), getX().getType().getRank()));
}

// e^(x - max) / sum e^(x - max), over one dimension or several
Value dlc::layer::buildSoftmax(ImplicitLocOpBuilder &b, Value x,
                               ArrayRef<int64_t> dims) {
  if (dims.size() == 1)
    return prim::SoftmaxOp::create(b, x, dims.front());
  Formula f(b);
  Value top = prim::ReduceMaxOp::create(b, x, dims);
  Value shifted =
      f.sub(x, prim::BroadcastOp::create(b, x.getType(), top, dims));
  Value e = f.apply<prim::ExpOp>(shifted);
  Value sum = prim::ReduceSumOp::create(b, e, dims);
  return f.div(e, prim::BroadcastOp::create(b, x.getType(), sum, dims));
}
