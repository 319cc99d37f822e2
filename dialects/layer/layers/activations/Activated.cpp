// The activation in the config of another layer: a function by its name, or a
// layer that is one, such as Dense(activation=LeakyReLU(0.2)).
#include "dialects/layer/layers/Axes.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/activations/Activation.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static std::string print(Attribute value) {
  std::string text;
  llvm::raw_string_ostream(text) << value;
  return text;
}

static std::string quote(Type type) {
  return "'" + print(TypeAttr::get(type)) + "'";
}

//===-- By name -----------------------------------------------------------===//

static bool isGlu(Attribute activation) {
  auto name = dyn_cast_or_null<StringAttr>(activation);
  return name && name.getValue() == "glu";
}

static std::string findNameProblem(StringRef name, RankedTensorType x) {
  if (!isActivation(name)) {
    std::string close = suggestNames(name, getActivationNames());
    return "activation is \"" + name.str() +
           "\" but Keras has no such function of one argument; " +
           (close.empty() ? "choose another or build it from layers"
                          : "did you mean " + close + "?");
  }
  if (name == "glu" && (x.getRank() < 2 || x.getShape().back() % 2 != 0))
    return "activation glu splits the last dimension of " + quote(x) +
           " in two but it is odd; make it even";
  return "";
}

//===-- Layers ------------------------------------------------------------===//

namespace {

/// A layer that computes one function of x, with the keys of its config.
struct FunctionLayer {
  StringRef className;
  SmallVector<StringRef> keys;
};

} // namespace

static const FunctionLayer functionLayers[] = {
    {"Activation", {"activation"}},
    {"ELU", {"alpha"}},
    {"Identity", {}},
    {"LeakyReLU", {"negative_slope"}},
    {"ReLU", {"max_value", "negative_slope", "threshold"}},
    {"Softmax", {"axis"}},
};

static StringRef getClassName(DictionaryAttr object) {
  return findName(object.get("class_name"));
}

/// Keys of every layer that say nothing about the function.
static bool isCommonKey(StringRef key) {
  return key == "name" || key == "trainable" || key == "dtype";
}

static bool isNumberOrNull(Attribute value) {
  return isNull(value) ||
         (isa<IntegerAttr, FloatAttr>(value) && !isa<BoolAttr>(value));
}

static bool areAxes(Attribute value, int64_t rank) {
  auto isAxis = [&](Attribute item) {
    auto axis = dyn_cast<IntegerAttr>(item);
    return axis && axis.getInt() >= -rank && axis.getInt() < rank &&
           (axis.getInt() + rank) % rank != 0;
  };
  if (auto list = dyn_cast<ArrayAttr>(value))
    return llvm::all_of(list, isAxis);
  return isAxis(value);
}

static std::string findKeyProblem(StringRef thing, NamedAttribute entry,
                                  RankedTensorType x) {
  StringRef key = entry.getName();
  Attribute value = entry.getValue();
  std::string has = (thing + " has " + key + " = " + print(value)).str();
  if (key == "activation")
    return findActivationProblem(value, x);
  if (key == "axis")
    return isNull(value) || areAxes(value, x.getRank())
               ? ""
               : has + " but is applied to " + quote(x) +
                     "; name its dimensions other than the batch";
  if (!isNumberOrNull(value))
    return has + " but that is a number; write one";
  if (key != "alpha" && findNumber(value).value_or(0) < 0)
    return has + " but it must not be negative; give 0 or more";
  return "";
}

/// The class alone: a config may be long.
static std::string describeObject(DictionaryAttr object) {
  StringRef name = getClassName(object);
  return name.empty() ? "an object without a class" : "of class " + name.str();
}

static std::string findObjectProblem(DictionaryAttr object,
                                     RankedTensorType x) {
  StringRef name = getClassName(object);
  const auto *known = llvm::find_if(functionLayers, [&](const auto &layer) {
    return layer.className == name;
  });
  std::string thing = "activation " + name.str();
  if (name == "PReLU")
    return thing +
           " has weights but an activation is a function without any; put the "
           "layer behind this one";
  if (known == std::end(functionLayers)) {
    SmallVector<StringRef> names = llvm::map_to_vector(
        functionLayers, [](const auto &layer) { return layer.className; });
    return "activation is " + describeObject(object) +
           " but dlc takes functions by name and the layers " +
           llvm::join(names, ", ") + "; put another layer behind this one";
  }
  for (NamedAttribute entry : getObjectConfig(object)) {
    StringRef key = entry.getName();
    if (isCommonKey(key) ||
        (isNull(entry.getValue()) && !llvm::is_contained(known->keys, key)))
      continue;
    if (!llvm::is_contained(known->keys, key))
      return thing + " has the key " + key.str() +
             " but dlc knows no such setting of it; put the layer behind this "
             "one";
    if (std::string problem = findKeyProblem(thing, entry, x); !problem.empty())
      return problem;
  }
  return "";
}

/// The function of a layer that has no problem. The defaults are Keras'.
static Value buildFunctionLayer(ImplicitLocOpBuilder &b, DictionaryAttr object,
                                Value x) {
  StringRef name = getClassName(object);
  DictionaryAttr config = getObjectConfig(object);
  auto number = [&](StringRef key, double usual) {
    return findNumber(config.get(key)).value_or(usual);
  };
  if (name == "Activation")
    return buildActivation(b, config.get("activation"), x);
  if (name == "ELU")
    return buildElu(b, x, number("alpha", 1.0));
  if (name == "LeakyReLU")
    return buildLeakyRelu(b, x, number("negative_slope", 0.3));
  if (name == "ReLU")
    return buildRelu(b, x, number("negative_slope", 0),
                     findNumber(config.get("max_value")),
                     number("threshold", 0));
  if (name == "Identity")
    return x;
  Attribute axis = config.get("axis");
  SmallVector<int64_t> axes =
      isNull(axis) ? SmallVector<int64_t>{-1} : toInts(axis);
  return buildSoftmax(
      b, x, normalizeAxes(axes, cast<RankedTensorType>(x.getType()).getRank()));
}

//===-- Either ------------------------------------------------------------===//

std::string dlc::layer::findActivationProblem(Attribute activation,
                                              RankedTensorType x) {
  if (isNull(activation))
    return "";
  if (auto object = dyn_cast<DictionaryAttr>(activation))
    return findObjectProblem(object, x);
  if (auto name = dyn_cast<StringAttr>(activation))
    return findNameProblem(name.getValue(), x);
  return "activation is " + print(activation) +
         " but that is a function or a layer; give its name";
}

RankedTensorType dlc::layer::inferActivation(Attribute activation,
                                             RankedTensorType x) {
  if (auto object = dyn_cast_or_null<DictionaryAttr>(activation);
      object && getClassName(object) == "Activation")
    return inferActivation(getObjectConfig(object).get("activation"), x);
  SmallVector<int64_t> shape(x.getShape());
  if (isGlu(activation))
    shape.back() /= 2;
  return RankedTensorType::get(shape, Float32Type::get(x.getContext()));
}

Value dlc::layer::buildActivation(ImplicitLocOpBuilder &b, Attribute activation,
                                  Value x) {
  x = convertTo(b, x, b.getF32Type());
  if (auto object = dyn_cast_or_null<DictionaryAttr>(activation))
    return buildFunctionLayer(b, object, x);
  auto name = dyn_cast_or_null<StringAttr>(activation);
  return name ? buildActivation(b, name.getValue(), x) : x;
}
