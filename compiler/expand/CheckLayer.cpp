// What a layer's config may ask for that no expansion can honour.
#include "compiler/expand/CheckLayer.h"
#include "dialects/layer/Layer.h"
#include "dialects/layer/layers/Constraint.h"

using namespace mlir;
using namespace dlc;

static InFlightDiagnostic emitLayerError(Operation *op, StringRef key,
                                         Attribute value) {
  auto name = op->getAttrOfType<StringAttr>("name");
  return op->emitError() << op->getName() << " " << name << ": " << key
                         << " is " << value << " but ";
}

/// Whether this key constrains one of the layer's weights.
static bool isObeyed(Operation *op, StringRef key) {
  auto layer = dyn_cast<layer::LayerOpInterface>(op);
  return layer && llvm::any_of(layer.weights(), [&](const auto &spec) {
           return layer::getConstraintKey(op, spec.name) == key;
         });
}

static LogicalResult checkKey(Operation *op, StringRef key, Attribute value) {
  if (layer::isNull(value))
    return success();
  if (key.ends_with("_constraint") && !isObeyed(op, key))
    return emitLayerError(op, key, value)
           << "the layer has no such weight; remove the constraint";
  for (StringRef unknown : {"quantization_config", "lora_rank"})
    if (key == unknown)
      return emitLayerError(op, key, value)
             << "dlc trains plain weights; merge or remove it";
  return success();
}

/// Whether a sample, or a weight, has a number of elements that no machine
/// holds: products of sizes overflow beyond.
static bool isHuge(Type type) {
  const double limit = 0x1p40;
  double count = 1;
  for (int64_t size : cast<RankedTensorType>(type).getShape())
    if (!ShapedType::isDynamic(size))
      count *= double(size);
  return count > limit;
}

static LogicalResult checkSizes(Operation *op) {
  SmallVector<Type> types(op->getResultTypes());
  if (auto layer = dyn_cast<layer::LayerOpInterface>(op))
    for (const layer::WeightSpec &spec : layer.weights())
      types.push_back(spec.type);
  for (Type type : types)
    if (isHuge(type))
      return op->emitError()
             << op->getName() << " " << op->getAttr("name") << ": makes "
             << type << " but a tensor holds at most 2^40 elements a sample; "
             << "make it smaller";
  return success();
}

/// Whether the number is, or a list of any depth holds one, above the limit.
static bool exceeds(Attribute value, int64_t limit) {
  if (auto list = dyn_cast<ArrayAttr>(value))
    return llvm::any_of(list,
                        [&](Attribute item) { return exceeds(item, limit); });
  auto number = dyn_cast<IntegerAttr>(value);
  return number && number.getValue().sgt(limit);
}

/// Shapes come from sums and products of these with each other and with sizes
/// of an operand, of at most 2^40: with this limit they fit 64 bits.
static LogicalResult checkWindows(Operation *op) {
  const int64_t limit = 1 << 22;
  for (StringRef key : {"kernel_size", "pool_size", "strides", "dilation_rate",
                        "size", "padding", "cropping"})
    if (Attribute value = op->getAttr(key); value && exceeds(value, limit))
      return emitLayerError(op, key, value)
             << "dlc takes at most 2^22 there; make it smaller";
  return success();
}

/// The elements of a window of this size. One number stands for all sides of x:
/// those beside its batch and features.
static double countElements(Attribute size, RankedTensorType x) {
  SmallVector<Attribute> sides(std::max<int64_t>(x.getRank() - 2, 1), size);
  if (auto list = dyn_cast<ArrayAttr>(size); list && list.size() != 1)
    sides = llvm::to_vector(list.getValue());
  else if (list)
    llvm::fill(sides, list[0]);
  double count = 1;
  for (Attribute side : sides)
    if (auto number = dyn_cast<IntegerAttr>(side))
      count *= number.getValue().signedRoundToDouble();
  return count;
}

/// Each element of a pool's or convolution's result is made of a whole window.
static LogicalResult checkAreas(Operation *op) {
  const double limit = 1 << 22;
  for (StringRef key : {"kernel_size", "pool_size"})
    if (Attribute size = op->getAttr(key);
        size && countElements(size, cast<RankedTensorType>(
                                        op->getOperand(0).getType())) > limit)
      return emitLayerError(op, key, size)
             << "a window has at most 2^22 elements; make it smaller";
  return success();
}

/// A model that is called casts nothing, whatever its policy.
static LogicalResult checkPolicy(Operation *op) {
  auto layer = dyn_cast<layer::KerasOpInterface>(op);
  if (!layer || layer.getKerasModule().starts_with("keras.src.ops") ||
      isa<layer::InputOp>(op))
    return success();
  Attribute dtype = op->getAttr("dtype");
  if (layer::getComputeType(op->getContext(), layer::getPolicyName(dtype)))
    return success();
  return emitLayerError(op, "dtype", dtype)
         << "weights are float32 in dlc; build the layer with "
            "dtype=\"mixed_bfloat16\", \"mixed_float16\" or \"float32\"";
}

LogicalResult dlc::expand::checkLayer(Operation *op) {
  if (failed(checkSizes(op)) || failed(checkWindows(op)) ||
      failed(checkAreas(op)) || failed(checkPolicy(op)))
    return failure();
  for (NamedAttribute attr : op->getAttrs())
    if (failed(checkKey(op, attr.getName(), attr.getValue())))
      return failure();
  auto extra = op->getAttrOfType<DictionaryAttr>("keras");
  if (!extra)
    return success();
  for (NamedAttribute attr : extra)
    if (failed(checkKey(op, attr.getName(), attr.getValue())))
      return failure();
  if (Attribute dtype = extra.get("dtype");
      isa<layer::LayerOpInterface>(op) && !layer::isNull(dtype))
    return emitLayerError(op, "keras.dtype", dtype)
           << "a policy is a key of the layer itself; write dtype = ... beside "
              "keras";
  if (Attribute regularizer = extra.get("activity_regularizer");
      isa<layer::CallOp>(op) && !layer::isNull(regularizer))
    return emitLayerError(op, "activity_regularizer", regularizer)
           << "dlc has these on layers, not on models; put it on the model's "
              "last layer";
  return success();
}
