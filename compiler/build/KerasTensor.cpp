// Calls of layers and arithmetic on symbolic tensors.
#include "compiler/build/KerasTensor.h"
#include "compiler/build/graph/AddLayer.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::build;

KerasTensor::KerasTensor()
    : KerasTensor(makeFailed({"tensor", "is empty",
                              "a layer needs one that a layer or "
                              "Graph::input made",
                              "call a layer first"})) {}

const Error *KerasTensor::error() const {
  return held->error ? &*held->error : nullptr;
}

Shape KerasTensor::shape() const {
  Shape shape;
  if (!held->error)
    for (int64_t size :
         cast<RankedTensorType>(held->value.getType()).getShape())
      shape.push_back(ShapedType::isDynamic(size) ? batchDim : size);
  return shape;
}

Graph::Graph() : state(std::make_shared<GraphState>(makeContext())) {}

KerasTensor Graph::input(Shape shape, InputOptions options) {
  Expected<mlir::Value> value =
      addInput(*state, shape, options.name, options.dtype);
  return value ? makeTensor(state, *value) : makeFailed(value.error());
}

//===-- Settings ----------------------------------------------------------===//

static Expected<Json> toJson(const Setting &setting, StringRef key) {
  const Setting::Value &value = setting.value();
  if (auto flag = std::get_if<bool>(&value))
    return Json(*flag);
  if (auto integer = std::get_if<int64_t>(&value))
    return Json(*integer);
  if (auto real = std::get_if<double>(&value))
    return Json(*real);
  if (auto text = std::get_if<std::string>(&value))
    return holdsObject(key) ? parseObject(*text, key.str())
                            : Expected<Json>(Json(*text));
  auto list = std::get_if<std::vector<Setting>>(&value);
  if (!list)
    return Json(nullptr);
  Json array = Json::array();
  for (const Setting &element : *list) {
    Expected<Json> part = toJson(element, key);
    if (!part)
      return part;
    array.push_back(std::move(*part));
  }
  return array;
}

//===-- Layers ------------------------------------------------------------===//

std::optional<Error> build::findError(ArrayRef<KerasTensor> tensors,
                                      const std::string &thing) {
  if (tensors.empty())
    return Error{thing, "is called on no tensor", "a layer reads some",
                 "give it a list of tensors"};
  for (const KerasTensor &tensor : tensors)
    if (const Error *error = tensor.error())
      return *error;
  for (const KerasTensor &tensor : tensors)
    if (tensor.state().graph != tensors.front().state().graph)
      return Error{thing, "is called on tensors of two graphs",
                   "what it reads has to be of one",
                   "make all inputs by one dlc::Graph, and call a loaded model "
                   "as a layer"};
  return std::nullopt;
}

KerasTensor build::callLayer(const char *kerasClass,
                             std::vector<Argument> arguments,
                             const std::vector<KerasTensor> &tensors,
                             const std::string &name, bool trainable) {
  if (auto error = findError(tensors, std::string("layer ") + kerasClass))
    return makeFailed(std::move(*error));
  LayerCall call;
  call.kerasClass = kerasClass;
  for (const Argument &argument : arguments) {
    Expected<Json> value = ::toJson(argument.value, argument.key);
    if (!value)
      return makeFailed(value.error());
    call.config[argument.key] = std::move(*value);
  }
  if (!name.empty())
    call.config["name"] = name;
  if (!trainable)
    call.config["trainable"] = false;
  for (const KerasTensor &tensor : tensors)
    call.operands.push_back(tensor.state().value);
  const auto &graph = tensors.front().state().graph;
  Expected<mlir::Value> value = addLayer(*graph, std::move(call));
  return value ? makeTensor(graph, *value) : makeFailed(value.error());
}

/// A function of keras.ops on one or two tensors.
static KerasTensor callFunction(const char *kerasClass, const Json &arguments,
                                ArrayRef<KerasTensor> tensors) {
  if (auto error = findError(tensors, std::string("function ") + kerasClass))
    return makeFailed(std::move(*error));
  SmallVector<mlir::Value> operands;
  for (const KerasTensor &tensor : tensors)
    operands.push_back(tensor.state().value);
  const auto &graph = tensors.front().state().graph;
  Expected<mlir::Value> value =
      addFunction(*graph, kerasClass, arguments, operands);
  return value ? makeTensor(graph, *value) : makeFailed(value.error());
}

static KerasTensor combine(const char *kerasClass, const KerasTensor &a,
                           const KerasTensor &b) {
  return callFunction(kerasClass,
                      Json::array({Json{{"tensor", 0}}, Json{{"tensor", 1}}}),
                      {a, b});
}

static KerasTensor combine(const char *kerasClass, const KerasTensor &a,
                           double b) {
  return callFunction(kerasClass, Json::array({Json{{"tensor", 0}}, b}), {a});
}

KerasTensor dlc::operator+(const KerasTensor &a, const KerasTensor &b) {
  return combine("Add", a, b);
}
KerasTensor dlc::operator-(const KerasTensor &a, const KerasTensor &b) {
  return combine("Subtract", a, b);
}
KerasTensor dlc::operator*(const KerasTensor &a, const KerasTensor &b) {
  return combine("Multiply", a, b);
}
KerasTensor dlc::operator+(const KerasTensor &a, double b) {
  return combine("Add", a, b);
}
KerasTensor dlc::operator-(const KerasTensor &a, double b) {
  return combine("Subtract", a, b);
}
KerasTensor dlc::operator*(const KerasTensor &a, double b) {
  return combine("Multiply", a, b);
}
