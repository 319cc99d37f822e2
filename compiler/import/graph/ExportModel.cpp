// Writes layers, their calls, inputs and outputs as Keras' configs do.
#include "compiler/import/graph/ExportModel.h"
#include "compiler/import/config/Classes.h"
#include "compiler/import/config/Config.h"
#include "compiler/import/config/IndexKey.h"
#include "compiler/import/graph/ImportCall.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::importer;

namespace {

class ModelExporter {
public:
  explicit ModelExporter(layer::ModelOp model) : model(model) {
    if (auto keras = model.getKeras())
      aside = toJson(*keras);
    if (const Json *calls = find(aside, "calls"))
      unusualCalls = *calls;
    model->walk([&](layer::LayerOpInterface op) {
      hasPolicies |= layer::getPolicyName(op->getAttr("dtype")) != "float32" &&
                     hasPolicy(op);
    });
  }

  Expected<Json> run();

private:
  /// Layers have one, inputs and nodes of keras.ops an element type.
  static bool hasPolicy(Operation *op) {
    return isa<layer::LayerOpInterface>(op) && !isa<layer::InputOp>(op) &&
           !layer::isFunction(op->getName());
  }
  Expected<Json> exportSequential();
  Expected<Json> exportFunctional();
  Expected<void> addCall(Operation *op);
  Expected<Json> exportLayer(Operation *op, const std::string &name);
  Json exportInput(layer::InputOp input);
  Json exportCall(Operation *op, const std::string &key);
  Json writeTensor(Value value) const;
  Json writeArguments(Operation *op, const Json &form) const;
  Json writeTriple(Value value) const;
  Json fillStructure(const Json &structure, ArrayRef<Value> values) const;
  Json batchShape(Value value) const;
  void addAside(Json &config) const;
  std::string thing() const {
    return "layer.model @" + layer::ModelOp(model).getSymName().str();
  }

  layer::ModelOp model;
  Json aside = Json::object();
  Json unusualCalls = Json::object();
  bool hasPolicies = false;            // other than float32
  std::map<std::string, Json> entries; // by layer
  std::vector<std::string> order;
  llvm::DenseMap<Value, TensorRef> tensors;
};

//===-- Tensors -----------------------------------------------------------===//

/// [null, 28, 28, 1]
Json ModelExporter::batchShape(Value value) const {
  Json shape = Json::array();
  for (int64_t size : cast<RankedTensorType>(value.getType()).getShape())
    shape.push_back(ShapedType::isDynamic(size) ? Json(nullptr) : Json(size));
  return shape;
}

std::string nameElement(Value value) {
  Type element = cast<RankedTensorType>(value.getType()).getElementType();
  return element.isBF16()       ? "bfloat16"
         : element.isF16()      ? "float16"
         : element.isF32()      ? "float32"
         : element.isInteger(1) ? "bool"
                                : "int32";
}

/// A constant is written as its number.
Json ModelExporter::writeTensor(Value value) const {
  if (auto constant = value.getDefiningOp<layer::ConstantOp>())
    return toJson(constant.getValue());
  TensorRef tensor = tensors.lookup(value);
  return {{"class_name", "__keras_tensor__"},
          {"config",
           {{"shape", batchShape(value)},
            {"dtype", nameElement(value)},
            {"keras_history",
             Json::array({tensor.layer, tensor.call, tensor.result})}}}};
}

/// A tensor in input_layers or output_layers, where Keras counts the calls of a
/// nested Functional from 1.
Json ModelExporter::writeTriple(Value value) const {
  TensorRef tensor = tensors.lookup(value);
  if (auto call = value.getDefiningOp<layer::CallOp>()) {
    auto nested = SymbolTable::lookupNearestSymbolFrom<layer::ModelOp>(
        layer::ModelOp(model)->getParentOp(), call.getModelAttr());
    if (nested && nested.getKind() == "Functional")
      ++tensor.call;
  }
  return Json::array({tensor.layer, tensor.call, tensor.result});
}

Json ModelExporter::fillStructure(const Json &structure,
                                  ArrayRef<Value> values) const {
  if (structure.is_number_integer()) {
    size_t index = structure.get<size_t>();
    return index < values.size() ? writeTriple(values[index]) : Json();
  }
  if (!structure.is_structured())
    return structure;
  Json copy = structure;
  for (auto &[key, part] : copy.items())
    part = fillStructure(part, values);
  return copy;
}

/// One tensor as such, several as a list, or the nest that the user gave.
Json makePlainStructure(size_t count) {
  if (count == 1)
    return 0;
  Json list = Json::array();
  for (size_t i = 0; i < count; ++i)
    list.push_back(i);
  return list;
}

//===-- Calls -------------------------------------------------------------===//

/// `form` with tensors in the place of {"tensor": i}.
Json ModelExporter::writeArguments(Operation *op, const Json &form) const {
  const Json *index = form.size() == 1 ? find(form, "tensor") : nullptr;
  if (index && index->is_number_integer() &&
      index->get<size_t>() < op->getNumOperands())
    return writeTensor(op->getOperand(index->get<unsigned>()));
  if (!form.is_structured())
    return form;
  Json copy = form;
  for (auto &[key, part] : copy.items())
    part = writeArguments(op, part);
  return copy;
}

Json ModelExporter::exportCall(Operation *op, const std::string &key) {
  const Json *unusual = find(unusualCalls, key.c_str());
  ArgumentForm form = makeUsualForm(op->getName(), op->getAttrDictionary(),
                                    op->getNumOperands());
  for (auto [part, name] :
       {std::pair(&form.args, "args"), std::pair(&form.kwargs, "kwargs")})
    if (const Json *recorded = unusual ? find(*unusual, name) : nullptr)
      *part = *recorded;
  Json args = writeArguments(op, form.args);
  if (auto getItem = dyn_cast<layer::GetItemNodeOp>(op))
    args.push_back(lengthenKey(toJson(getItem.getKey())));

  Json kwargs = writeArguments(op, form.kwargs);
  if (auto training = op->getAttrOfType<BoolAttr>("training"))
    kwargs["training"] = training.getValue();
  else if (const Json *recorded =
               unusual ? find(*unusual, "training") : nullptr)
    kwargs["training"] = *recorded;
  return {{"args", args}, {"kwargs", kwargs}};
}

//===-- Layers ------------------------------------------------------------===//

Json ModelExporter::exportInput(layer::InputOp input) {
  Json config = writeConfig(input);
  config.erase("shape");
  Json shape = batchShape(input.getResult());
  if (const Json *batch = find(config, "batch_size")) {
    shape[0] = *batch;
    config.erase("batch_size");
  }
  config["batch_shape"] = shape;
  config["dtype"] = input.getDtype().str();
  return config;
}

Expected<Json> ModelExporter::exportLayer(Operation *op,
                                          const std::string &name) {
  if (auto call = dyn_cast<layer::CallOp>(op)) {
    auto nested = SymbolTable::lookupNearestSymbolFrom<layer::ModelOp>(
        model->getParentOp(), call.getModelAttr());
    if (!nested)
      return fail("layer.call \"" + name + "\"", "calls no model of this file");
    Expected<Json> object = importer::exportModel(nested);
    if (!object)
      return object;
    (*object)["config"]["name"] = name;
    return object;
  }
  Json config = Json::object();
  config["name"] = name;
  auto input = dyn_cast<layer::InputOp>(op);
  config.update(input ? exportInput(input) : writeConfig(op));
  // Said where others have another: Keras gives what lacks one the global
  // policy.
  if (hasPolicies && hasPolicy(op) && !config.contains("dtype"))
    config["dtype"] = "float32";
  if (isa<layer::GetItemNodeOp>(op))
    config.erase("key");
  Json object = makeClassObject(op->getName(), std::move(config));
  if (const Json *origins = find(aside, "classes"))
    if (const Json *origin = find(*origins, name.c_str());
        origin && origin->is_object())
      object.update(*origin);
  return object;
}

/// One more call of a layer, which the first call adds to the model.
Expected<void> ModelExporter::addCall(Operation *op) {
  std::string name = op->getAttrOfType<StringAttr>("name").str();
  if (!entries.contains(name)) {
    Expected<Json> object = exportLayer(op, name);
    if (!object)
      return Unexpected(object.error());
    (*object)["name"] = name;
    (*object)["inbound_nodes"] = Json::array();
    entries[name] = std::move(*object);
    order.push_back(name);
  }
  Json &nodes = entries[name]["inbound_nodes"];
  int64_t call = int64_t(nodes.size());
  for (OpResult result : op->getResults())
    tensors[result] = {name, call, int64_t(result.getResultNumber())};
  if (!isa<layer::InputOp>(op))
    nodes.push_back(exportCall(op, name + "/" + std::to_string(call)));
  return {};
}

//===-- Models ------------------------------------------------------------===//

/// What the file kept of the model's config.
void ModelExporter::addAside(Json &config) const {
  for (const auto &[key, value] : aside.items())
    if (key != "inputs" && key != "calls" && key != "classes" &&
        key != "shared" && key != "compile_config")
      config[key] = value;
}

/// A chain: each layer reads the one before it, each is called once.
Expected<Json> ModelExporter::exportSequential() {
  Json layers = Json::array();
  Value last;
  for (Operation &op : model.getBody().front()) {
    bool isInput = isa<layer::InputOp>(op);
    bool continues =
        isInput ? !last
                : last && op.getNumOperands() == 1 && op.getOperand(0) == last;
    if (!continues)
      return fail(thing(), "is Sequential",
                  "not every layer reads just the one before it",
                  "write kind = \"Functional\"");
    if (isa<layer::OutputOp>(op))
      break;
    std::string name = op.getAttrOfType<StringAttr>("name").str();
    Expected<Json> object = exportLayer(&op, name);
    if (!object)
      return object;
    layers.push_back(std::move(*object));
    last = op.getResult(0);
  }
  Json config = Json::object();
  config["name"] = model.getSymName().str();
  config["trainable"] = model.getTrainable();
  addAside(config);
  config["layers"] = layers;
  auto inputs = model.getBody().getOps<layer::InputOp>();
  if (!inputs.empty())
    config["build_input_shape"] = batchShape((*inputs.begin()).getResult());
  return makeObject("keras", "Sequential", std::move(config));
}

Expected<Json> ModelExporter::exportFunctional() {
  SmallVector<Value> inputs;
  for (Operation &op : model.getBody().front().without_terminator()) {
    if (isa<layer::ConstantOp>(op))
      continue;
    if (Expected<void> done = addCall(&op); !done)
      return Unexpected(done.error());
    if (isa<layer::InputOp>(op))
      inputs.push_back(op.getResult(0));
  }
  Json layers = Json::array();
  for (const std::string &name : order)
    layers.push_back(entries[name]);

  auto output = cast<layer::OutputOp>(model.getBody().front().getTerminator());
  SmallVector<Value> outputs = llvm::to_vector(output.getValues());
  const Json *inputNest = find(aside, "inputs");
  Json outputNest = output.getStructure() ? toJson(*output.getStructure())
                                          : makePlainStructure(outputs.size());
  Json config = Json::object();
  config["name"] = model.getSymName().str();
  config["trainable"] = model.getTrainable();
  addAside(config);
  config["layers"] = layers;
  config["input_layers"] = fillStructure(
      inputNest ? *inputNest : makePlainStructure(inputs.size()), inputs);
  config["output_layers"] = fillStructure(outputNest, outputs);
  Json object = makeObject("keras.src.models.functional", "Functional",
                           std::move(config));
  object["registered_name"] = "Functional";
  return object;
}

Expected<Json> ModelExporter::run() {
  Expected<Json> object =
      model.getKind() == "Sequential" ? exportSequential() : exportFunctional();
  if (!object)
    return object;
  if (const Json *compile = find(aside, "compile_config"))
    (*object)["compile_config"] = *compile;
  return object;
}

} // namespace

Expected<Json> importer::exportModel(layer::ModelOp model) {
  return ModelExporter(model).run();
}
