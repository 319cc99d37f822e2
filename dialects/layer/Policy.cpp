// Keras' dtype policies: what a layer computes in, and what its weights are.
#include "dialects/layer/Policy.h"
#include "dialects/layer/Config.h"
#include "dialects/layer/Layer.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace dlc;

bool layer::isFunction(OperationName op) {
  return op.stripDialect().starts_with("op_");
}

StringRef layer::getPolicyName(Attribute dtype) {
  if (isNull(dtype))
    return "float32";
  if (auto name = dyn_cast<StringAttr>(dtype))
    return name.getValue();
  if (auto name = getObjectConfig(dtype).getAs<StringAttr>("name"))
    return name.getValue();
  return "";
}

Type layer::getComputeType(MLIRContext *context, StringRef policy) {
  return llvm::StringSwitch<Type>(policy)
      .Case("float32", Float32Type::get(context))
      .Case("mixed_bfloat16", BFloat16Type::get(context))
      .Case("mixed_float16", Float16Type::get(context))
      .Default(Type());
}

static void setElements(Type element, SmallVectorImpl<Type> &types) {
  for (Type &type : types)
    if (auto tensor = dyn_cast<RankedTensorType>(type);
        tensor && isa<FloatType>(tensor.getElementType()))
      type = tensor.clone(element);
}

void layer::applyPolicy(Attribute dtype, SmallVectorImpl<Type> &types) {
  if (types.empty())
    return;
  MLIRContext *context = types.front().getContext();
  // An unknown policy is an error where the layer is expanded.
  if (Type element = getComputeType(context, getPolicyName(dtype)))
    setElements(element, types);
}

/// A number takes the type of the tensors beside it; an array has its own.
static bool isNumber(Value operand) {
  return operand.getDefiningOp<layer::ConstantOp>() &&
         cast<RankedTensorType>(operand.getType()).getRank() == 0;
}

void layer::promoteResults(ValueRange operands, DictionaryAttr attributes,
                           SmallVectorImpl<Type> &types) {
  if (!isNull(attributes.get("dtype")))
    return;
  Type common;
  for (Value operand : operands) {
    Type element = getElementTypeOrSelf(operand.getType());
    if (!isa<FloatType>(element) || isNumber(operand))
      continue;
    if (common && common != element)
      element = Float32Type::get(element.getContext());
    common = element;
  }
  if (common)
    setElements(common, types);
}
