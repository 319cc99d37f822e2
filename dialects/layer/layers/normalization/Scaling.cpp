// Layers that scale by numbers: Rescaling, and two of keras.applications.
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Numbers.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/layers/reshaping/Resize.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

//===-- Rescaling ---------------------------------------------------------===//

FailureOr<Type> RescalingOp::inferResult(std::optional<Location> loc,
                                         Adaptor layer) {
  auto x = cast<RankedTensorType>(layer.getX().getType());
  for (auto [key, attribute] :
       {std::pair(StringRef("scale"), layer.getScaleAttr()),
        std::pair(StringRef("offset"), layer.getOffsetAttr())}) {
    FailureOr<Numbers> numbers = readNumbers(attribute);
    if (failed(numbers))
      return emitLayerError<RescalingOp>(
          loc, layer, key, " is ", attribute,
          " but must be a number or a list of numbers; give one of these");
    auto shape = broadcastShapes(x.getShape(), numbers->shape);
    if (failed(shape) || ArrayRef(*shape) != x.getShape())
      return emitLayerError<RescalingOp>(
          loc, layer, key, " has the shape ", formatSizes(numbers->shape),
          " but has to fit the last dimensions of its input ", x,
          "; give a number, or one for each channel");
  }
  return Type(x.clone(Float32Type::get(x.getContext())));
}

// y = x scale + offset
Value RescalingOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  Formula f(b);
  Value x = convertTo(b, getX(), b.getF32Type());
  auto fit = [&](Attribute numbers) {
    return broadcastTo(b, buildNumbers(b, *readNumbers(numbers)),
                       getType().getShape());
  };
  return f.add(f.mul(x, fit(getScaleAttr())), fit(getOffsetAttr()));
}

//===-- LayerScale (keras/src/applications/convnext.py) -------------------===//

FailureOr<Type> LayerScaleOp::inferResult(std::optional<Location> loc,
                                          Adaptor layer) {
  auto x = cast<RankedTensorType>(layer.getX().getType());
  int64_t channels = layer.getProjectionDim();
  if (x.getRank() < 2 || x.getShape().back() != channels)
    return emitLayerError<LayerScaleOp>(
        loc, layer, "projection_dim is ", channels, " but its input is ", x,
        "; give the size of the last dimension");
  return Type(x.clone(Float32Type::get(x.getContext())));
}

// gamma [projection_dim], which Keras leaves unnamed
SmallVector<WeightSpec> LayerScaleOp::weights() {
  Builder b(getContext());
  auto type =
      RankedTensorType::get({int64_t(getProjectionDim())}, b.getF32Type());
  auto value = b.getDictionaryAttr(
      b.getNamedAttr("value", b.getF64FloatAttr(getInitValues())));
  auto initializer = b.getDictionaryAttr(
      {b.getNamedAttr("class_name", b.getStringAttr("Constant")),
       b.getNamedAttr("config", value)});
  return {{"gamma", type, true, initializer, {}}};
}

// y = x gamma                                        [n, ..., c] [c]
Value LayerScaleOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  Value x = convertTo(b, getX(), b.getF32Type());
  Value gamma = broadcastAlong(b, ctx.weight("gamma"), getType(),
                               getType().getRank() - 1);
  return prim::MulOp::create(b, x, gamma);
}

//===-- CustomScaleLayer (keras/src/applications/inception_resnet_v2.py) --===//

FailureOr<Type> CustomScaleLayerOp::inferResult(std::optional<Location> loc,
                                                Adaptor layer) {
  ValueRange xs = layer.getXs();
  if (xs.size() != 2)
    return emitLayerError<CustomScaleLayerOp>(
        loc, layer, "has ", xs.size(),
        " inputs but it adds one to another; give it two");
  auto first = cast<RankedTensorType>(xs[0].getType());
  auto second = cast<RankedTensorType>(xs[1].getType());
  auto shape = broadcastShapes(first.getShape(), second.getShape());
  if (failed(shape))
    return emitLayerError<CustomScaleLayerOp>(
        loc, layer, "has inputs of the types ", first, " and ", second,
        " but sizes have to agree or be 1; reshape one of them");
  return Type(
      RankedTensorType::get(*shape, Float32Type::get(first.getContext())));
}

// y = x1 + x2 scale
Value CustomScaleLayerOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  Formula f(b);
  auto fit = [&](Value x) {
    return broadcastTo(b, convertTo(b, x, b.getF32Type()),
                       getType().getShape());
  };
  return f.add(fit(getXs()[0]), f.mul(fit(getXs()[1]), getScale()));
}
