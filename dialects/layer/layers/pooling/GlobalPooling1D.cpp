// Global pooling over time: one number for each sequence and channel.
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/layers/Tensors.h"
#include "dialects/layer/layers/reshaping/Resize.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

/// The dimension of time in [n, t, c], or [n, c, t] with channels first.
template <typename Layer> static int64_t timeOf(Layer layer) {
  return layer.getDataFormat() == "channels_first" ? 2 : 1;
}

/// [n, c], or with keepdims 1 in the place of time.
template <typename Layer>
static FailureOr<Type> inferGlobal(std::optional<Location> loc,
                                   typename Layer::Adaptor layer,
                                   RankedTensorType x, Type element) {
  if (x.getRank() != 3)
    return emitLayerError<Layer>(loc, layer, "input is ", x, " of rank ",
                                 x.getRank(),
                                 " but sequences have rank 3; put a Reshape "
                                 "before it");
  StringRef format = layer.getDataFormat();
  if (format != "channels_last" && format != "channels_first")
    return emitLayerError<Layer>(loc, layer, "data_format is \"", format,
                                 "\" but sequences are channels_last or "
                                 "channels_first; choose one of these");
  SmallVector<int64_t> shape(x.getShape());
  if (layer.getKeepdims())
    shape[timeOf(layer)] = 1;
  else
    shape.erase(shape.begin() + timeOf(layer));
  return Type(RankedTensorType::get(shape, element));
}

//===-- Mean --------------------------------------------------------------===//

ArrayRef<StringRef> GlobalAveragePooling1DOp::getParameters() {
  static constexpr StringRef names[] = {"inputs", "mask"};
  return names;
}

ArrayRef<StringRef> GlobalAveragePooling1DOp::getCallKeys() {
  static constexpr StringRef keys[] = {"arguments"};
  return keys;
}

FailureOr<Type>
GlobalAveragePooling1DOp::inferResult(std::optional<Location> loc,
                                      Adaptor layer) {
  auto tensors = readTensors<GlobalAveragePooling1DOp>(loc, layer, {"inputs"});
  if (failed(tensors))
    return failure();
  RankedTensorType x = typeOf(tensors->find("inputs"));
  FailureOr<Type> type = inferGlobal<GlobalAveragePooling1DOp>(
      loc, layer, x, Float32Type::get(x.getContext()));
  Value mask = tensors->find("mask");
  if (failed(type) || !mask)
    return type;
  int64_t steps[] = {x.getDimSize(0), x.getDimSize(timeOf(layer))};
  if (typeOf(mask).getShape() != ArrayRef(steps))
    return emitLayerError<GlobalAveragePooling1DOp>(
        loc, layer, "mask is ", typeOf(mask), " but its input is ", x,
        "; give one number for each step");
  return type;
}

// y[n, c] = sum_t x[n, t, c] m[n, t] / sum_t m[n, t], m = 1 where nothing masks
// and without a mask
Value GlobalAveragePooling1DOp::expand(ImplicitLocOpBuilder &b,
                                       ExpandContext &ctx) {
  Formula f(b);
  Tensors tensors(getArgumentsAttr(), getParameters(), getXs());
  Value x = convertTo(b, tensors.find("inputs"), b.getF32Type());
  int64_t time = timeOf(*this), channels = 3 - time;
  SmallVector<int64_t> dims = {time};
  Value mask = tensors.find("mask");
  if (!mask && time == 1)
    mask = ctx.mask(0);
  if (!mask) {
    Value sum = prim::ReduceSumOp::create(b, x, dims);
    return reshapeTo(b, f.div(sum, double(typeOf(x).getDimSize(time))),
                     getType());
  }
  Value kept = convertTo(b, mask, b.getI1Type());
  Value spread = prim::BroadcastOp::create(b, typeOf(x).clone(b.getI1Type()),
                                           kept, ArrayRef<int64_t>{channels});
  Value sum =
      prim::ReduceSumOp::create(b, f.select(spread, x, f.splat(x, 0)), dims);
  Value count = prim::ReduceSumOp::create(b, convertTo(b, kept, b.getF32Type()),
                                          ArrayRef<int64_t>{1});
  Value counts =
      prim::BroadcastOp::create(b, sum.getType(), count, ArrayRef<int64_t>{1});
  return reshapeTo(b, f.div(sum, counts), getType());
}

//===-- Maximum -----------------------------------------------------------===//

FailureOr<Type> GlobalMaxPooling1DOp::inferResult(std::optional<Location> loc,
                                                  Adaptor layer) {
  RankedTensorType x = typeOf(layer.getX());
  if (x.getElementType().isInteger(1))
    return emitLayerError<GlobalMaxPooling1DOp>(
        loc, layer,
        "has a boolean input but compares numbers; cast it to float32");
  return inferGlobal<GlobalMaxPooling1DOp>(loc, layer, x, x.getElementType());
}

// y = the largest x of all steps                         [n, t, c] -> [n, c]
Value GlobalMaxPooling1DOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  Value y =
      prim::ReduceMaxOp::create(b, getX(), ArrayRef<int64_t>{timeOf(*this)});
  return reshapeTo(b, y, getType());
}
