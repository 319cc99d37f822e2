// InputLayer: a tensor that the caller feeds at every step.
#include "dialects/layer/Layer.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace dlc::layer;

/// Integers of any width are read as i32, floats as f32.
static Type parseElement(MLIRContext *context, StringRef dtype) {
  Type f32 = Float32Type::get(context), i32 = IntegerType::get(context, 32);
  return llvm::StringSwitch<Type>(dtype)
      .Cases({"float32", "float16", "bfloat16", "float64"}, f32)
      .Cases({"int32", "int8", "int16", "int64", "uint8", "uint16", "uint32"},
             i32)
      .Case("bool", IntegerType::get(context, 1))
      .Default(Type());
}

FailureOr<Type> InputOp::inferResult(std::optional<Location> loc,
                                     Adaptor layer) {
  MLIRContext *context = layer.getNameAttr().getContext();
  Type element = parseElement(context, layer.getDtype());
  if (!element)
    return emitLayerError<InputOp>(
        loc, layer, "dtype is \"", layer.getDtype(),
        "\" but dlc computes with numbers and booleans; choose float32, int32 "
        "or bool");
  SmallVector<int64_t> shape = {ShapedType::kDynamic};
  for (int64_t size : layer.getShape()) {
    if (size < 1)
      return emitLayerError<InputOp>(
          loc, layer, "shape holds the size ", size,
          " but all sizes but the batch are known and positive; give the size "
          "of one sample");
    shape.push_back(size);
  }
  return Type(RankedTensorType::get(shape, element));
}

Value InputOp::expand(ImplicitLocOpBuilder &, ExpandContext &ctx) {
  return ctx.input(getName(), getType());
}
