// A layer in a plug-in: what Scale has for weights, and what it means.
#include "dialects/layer/Layer.h"
#include "dialects/layer/Plugin.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"

#include "ScaleDialect.h.inc"
#define GET_OP_CLASSES
#include "Scale.h.inc"

#include "ScaleDialect.cpp.inc"
#define GET_OP_CLASSES
#include "Scale.cpp.inc"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

void acme::AcmeDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "Scale.cpp.inc"
      >();
}

FailureOr<Type> acme::ScaleOp::inferResult(std::optional<Location> loc,
                                           Adaptor layer) {
  auto x = cast<RankedTensorType>(layer.getX().getType());
  if (x.getRank() < 2 || !x.getElementType().isF32())
    return emitLayerError<ScaleOp>(
        loc, layer, "input is ", x,
        " but Scale takes channels of f32; put a Reshape or Cast before it");
  return Type(x);
}

// scale [channels]
SmallVector<WeightSpec> acme::ScaleOp::weights() {
  auto x = getX().getType();
  auto type = RankedTensorType::get({x.getShape().back()}, x.getElementType());
  return {{"scale", type, /*trainable=*/true, getScaleInitializer(),
           getScaleRegularizerAttr()}};
}

// y = x * scale * factor     [n, ..., channels] [channels] -> [n, ...,
// channels]
Value acme::ScaleOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  Formula f(b);
  auto type = cast<RankedTensorType>(getX().getType());
  Value scale =
      broadcastAlong(b, ctx.weight("scale"), type, type.getRank() - 1);
  return f.mul(f.mul(getX(), scale), getFactor());
}

DLC_PLUGIN(acme, acme::AcmeDialect)
