// Dense: a product over the last dimension, a bias, an activation.
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/activations/Activation.h"
#include "dialects/prim/Prim.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

FailureOr<Type> DenseOp::inferResult(std::optional<Location> loc,
                                     Adaptor layer) {
  auto x = cast<RankedTensorType>(layer.getX().getType());
  if (x.getRank() < 2)
    return emitLayerError<DenseOp>(
        loc, layer, "input is ", x, " of rank ", x.getRank(),
        " but Dense takes at least rank 2; put a Reshape before it");
  int64_t units = layer.getUnits();
  if (units < 1)
    return emitLayerError<DenseOp>(
        loc, layer, "units is ", units,
        " but must be at least 1; give a positive size");
  SmallVector<int64_t> shape(x.getShape());
  shape.back() = units;
  return inferActivated<DenseOp>(loc, layer, x.clone(shape));
}

// kernel [features, units], bias [units]
SmallVector<WeightSpec> DenseOp::weights() {
  Type f32 = Float32Type::get(getContext());
  int64_t features = getX().getType().getShape().back(), units = getUnits();
  SmallVector<WeightSpec> weights;
  weights.push_back({"kernel", RankedTensorType::get({features, units}, f32),
                     true, getKernelInitializer(), getKernelRegularizerAttr()});
  if (getUseBias())
    weights.push_back({"bias", RankedTensorType::get({units}, f32), true,
                       getBiasInitializer(), getBiasRegularizerAttr()});
  return weights;
}

// y = activation(x kernel + bias)
//     [n, ..., features] [features, units] + [units] -> [n, ..., units]
Value DenseOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  Value x = convertTo(b, getX(), b.getF32Type());
  int64_t last = getX().getType().getRank() - 1;
  Value y = prim::DotOp::create(b, x, ctx.weight("kernel"), ArrayRef<int64_t>{},
                                ArrayRef<int64_t>{}, ArrayRef<int64_t>{last},
                                ArrayRef<int64_t>{0});
  if (getUseBias()) {
    auto type = cast<RankedTensorType>(y.getType());
    Value bias = broadcastAlong(b, ctx.weight("bias"), type, last);
    y = prim::AddOp::create(b, y, bias);
  }
  return buildActivation(b, getActivation(), y);
}
