// Makes the ops of a model in the order of its layers, as far as their inputs
// allow.
#include "compiler/import/graph/ImportModel.h"
#include "compiler/import/config/Classes.h"
#include "compiler/import/graph/ImportCall.h"
#include "compiler/import/graph/SharedLayers.h"

#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::importer;

namespace {

/// Symbols of the models of a file. Keras asks for unique names among the
/// layers of one model only: models of one name may stand at two levels, and
/// one that is used in two models is written in both.
class SymbolNames {
public:
  std::string claim(const std::string &name) {
    unsigned &count = repeats[name];
    std::string symbol = name;
    while (!taken.insert(symbol).second)
      symbol = name + "_" + std::to_string(++count);
    return symbol;
  }

private:
  std::set<std::string> taken;
  std::map<std::string, unsigned> repeats;
};

/// What all models of a file have in common.
struct File {
  SymbolNames symbols;
  SharedLayers shared;
};

class ModelImporter {
public:
  ModelImporter(ModuleOp module, const Graph &graph, const TrainingRule &rule,
                File &file, LayerNames path)
      : module(module), graph(graph), rule(rule), file(file),
        path(std::move(path)), symbol(file.symbols.claim(graph.name)),
        b(module.getContext()) {}

  Expected<layer::ModelOp> run();

private:
  Expected<void> importNestedModels();
  Expected<layer::ModelOp> importNested(const std::string &name,
                                        const Graph &inner);
  Expected<void> importForCall(const LayerEntry &entry, const Call &call,
                               ArrayRef<Value> tensors);
  Expected<void> importLayers();
  Expected<void> importInputs();
  Expected<bool> importReadyCalls(size_t index);
  Expected<void> importCall(const LayerEntry &entry, size_t call);
  Expected<void> makeOutput();
  Unexpected<Error> failUnfinished() const;
  bool inputsAreInOrder() const;
  FailureOr<Value> lookUp(const TensorRef &tensor) const;
  bool isReady(const Call &call) const;
  const TensorRef *findMissing(const LayerEntry &entry) const;
  void setLayerOrder();
  Json collectOrigins() const;
  Expected<Json> collectShared() const;
  Unexpected<Error> failUnclear(const std::string &layer,
                                const std::vector<LayerNames> &places) const;
  Expected<void> setAside();

  ModuleOp module;
  const Graph &graph;
  TrainingRule rule;
  File &file;
  LayerNames path;    // of the models that lead here
  std::string symbol; // claimed before those of nested models
  OpBuilder b;
  layer::ModelOp model;
  std::map<std::string, layer::ModelOp> nested;
  /// Nested models whose inputs leave sizes free: their first call tells them.
  std::map<std::string, Graph> free;
  /// Results by layer, then by call.
  std::map<std::string, std::vector<SmallVector<Value>>> results;
  /// Calls whose arguments are not in the usual form, by "layer/call".
  Json unusualCalls = Json::object();
};

} // namespace

static std::string quote(const std::string &name) { return "\"" + name + "\""; }

//===-- Tensors -----------------------------------------------------------===//

FailureOr<Value> ModelImporter::lookUp(const TensorRef &tensor) const {
  auto found = results.find(tensor.layer);
  if (found == results.end() || tensor.call < 0 ||
      size_t(tensor.call) >= found->second.size())
    return failure();
  const SmallVector<Value> &values = found->second[size_t(tensor.call)];
  if (tensor.result < 0 || size_t(tensor.result) >= values.size())
    return failure();
  return values[size_t(tensor.result)];
}

bool ModelImporter::isReady(const Call &call) const {
  return llvm::all_of(call.tensors, [&](const TensorRef &tensor) {
    return succeeded(lookUp(tensor));
  });
}

//===-- Nested models -----------------------------------------------------===//

/// The batch_shape of the layer, if it is an input that leaves sizes free.
static Json *findFreeShape(LayerEntry &entry) {
  if (entry.className != "InputLayer" || !find(entry.config(), "batch_shape"))
    return nullptr;
  Json &shape = entry.object["config"]["batch_shape"];
  bool isFree = shape.is_array() && !shape.empty() &&
                llvm::any_of(llvm::drop_begin(shape),
                             [](const Json &size) { return size.is_null(); });
  return isFree ? &shape : nullptr;
}

/// Gives a model's inputs the sizes of what it is called on.
static void fillSizes(Graph &inner, ArrayRef<Value> operands) {
  std::map<std::string, Json *> shapes;
  for (LayerEntry &entry : inner.layers)
    shapes[entry.name] = findFreeShape(entry);
  for (auto [input, operand] : llvm::zip(inner.inputs, operands)) {
    ArrayRef<int64_t> sizes =
        cast<RankedTensorType>(operand.getType()).getShape();
    Json *shape = shapes[input.layer];
    if (!shape || shape->size() != sizes.size())
      continue;
    for (size_t i = 1; i < sizes.size(); ++i)
      if ((*shape)[i].is_null())
        (*shape)[i] = sizes[i];
  }
}

Expected<layer::ModelOp> ModelImporter::importNested(const std::string &name,
                                                     const Graph &inner) {
  LayerNames innerPath = path;
  innerPath.push_back(name);
  return ModelImporter(module, inner, rule, file, std::move(innerPath)).run();
}

Expected<void> ModelImporter::importNestedModels() {
  for (const LayerEntry &entry : graph.layers) {
    if (!entry.isModel())
      continue;
    Expected<Graph> inner = readGraph(entry.object);
    if (!inner)
      return Unexpected(inner.error());
    if (const Json *compile = find(entry.object, "compile_config");
        compile && !compile->empty())
      inner->more["compile_config"] = *compile;
    if (!entry.calls.empty() && llvm::any_of(inner->layers, findFreeShape)) {
      free.emplace(entry.name, std::move(*inner));
      continue;
    }
    Expected<layer::ModelOp> op = importNested(entry.name, *inner);
    if (!op)
      return Unexpected(op.error());
    nested[entry.name] = *op;
  }
  return {};
}

/// Imports a nested model with the sizes of the tensors that it is called on.
Expected<void> ModelImporter::importForCall(const LayerEntry &entry,
                                            const Call &call,
                                            ArrayRef<Value> tensors) {
  auto inner = free.find(entry.name);
  if (inner == free.end())
    return {};
  SmallVector<Value> operands;
  collectTensors(call.args, tensors, operands);
  fillSizes(inner->second, operands);
  Expected<layer::ModelOp> op = importNested(entry.name, inner->second);
  if (!op)
    return Unexpected(op.error());
  nested[entry.name] = *op;
  free.erase(inner);
  // Models stand before those that call them.
  model->moveAfter(&module.getBody()->back());
  return {};
}

//===-- Layers ------------------------------------------------------------===//

bool ModelImporter::inputsAreInOrder() const {
  std::vector<std::string> listed, given;
  for (const LayerEntry &entry : graph.layers)
    if (entry.className == "InputLayer")
      listed.push_back(entry.name);
  for (const TensorRef &input : graph.inputs)
    given.push_back(input.layer);
  return listed == given;
}

/// All inputs first, in the order in which the model takes them.
Expected<void> ModelImporter::importInputs() {
  std::map<std::string, const LayerEntry *> inputs;
  for (const LayerEntry &entry : graph.layers)
    if (entry.className == "InputLayer")
      inputs[entry.name] = &entry;
  for (const TensorRef &input : graph.inputs) {
    if (results.contains(input.layer))
      continue;
    auto entry = inputs.find(input.layer);
    if (entry == inputs.end())
      return fail("model " + quote(graph.name),
                  "takes the input " + quote(input.layer),
                  "it has no InputLayer of that name", "save the model again");
    if (Expected<void> done = importCall(*entry->second, 0); !done)
      return done;
  }
  return {};
}

/// Calls of a layer in their order, as long as their inputs exist. Whether
/// there was one.
Expected<bool> ModelImporter::importReadyCalls(size_t index) {
  const LayerEntry &entry = graph.layers[index];
  bool progress = false;
  if (entry.className == "InputLayer") {
    if (results.contains(entry.name))
      return false;
    if (Expected<void> done = importCall(entry, 0); !done)
      return Unexpected(done.error());
    return true;
  }
  while (results[entry.name].size() < entry.calls.size()) {
    size_t next = results[entry.name].size();
    if (!isReady(entry.calls[next]))
      break;
    if (Expected<void> done = importCall(entry, next); !done)
      return Unexpected(done.error());
    progress = true;
  }
  return progress;
}

/// The first tensor of the layer's next call that does not exist yet.
const TensorRef *ModelImporter::findMissing(const LayerEntry &entry) const {
  auto done = results.find(entry.name);
  size_t next = done == results.end() ? 0 : done->second.size();
  if (next >= entry.calls.size())
    return nullptr;
  for (const TensorRef &tensor : entry.calls[next].tensors)
    if (failed(lookUp(tensor)))
      return &tensor;
  return nullptr;
}

/// Layers in their order; a call whose inputs come later waits for the next
/// round, as in Keras' functional_from_config. Only layers for which something
/// has changed are looked at again.
Expected<void> ModelImporter::importLayers() {
  if (!inputsAreInOrder())
    if (Expected<void> done = importInputs(); !done)
      return done;
  std::set<size_t> round, next;
  for (size_t i = 0; i < graph.layers.size(); ++i)
    round.insert(round.end(), i);
  std::map<std::string, std::vector<size_t>> waiting; // by what they wait for
  while (!round.empty()) {
    size_t index = *round.begin();
    round.erase(round.begin());
    const LayerEntry &entry = graph.layers[index];
    Expected<bool> did = importReadyCalls(index);
    if (!did)
      return Unexpected(did.error());
    if (const TensorRef *missing = findMissing(entry))
      waiting[missing->layer].push_back(index);
    if (*did)
      for (size_t other : std::exchange(waiting[entry.name], {}))
        (other > index ? round : next).insert(other);
    if (round.empty())
      std::swap(round, next);
  }
  for (const LayerEntry &entry : graph.layers)
    if (entry.className != "InputLayer" &&
        results[entry.name].size() < entry.calls.size())
      return failUnfinished();
  return {};
}

Unexpected<Error> ModelImporter::failUnfinished() const {
  for (const LayerEntry &entry : graph.layers)
    if (const TensorRef *tensor = findMissing(entry))
      return fail("layer " + quote(entry.name),
                  "reads result " + std::to_string(tensor->result) +
                      " of call " + std::to_string(tensor->call) + " of " +
                      quote(tensor->layer),
                  "the model never computes that", "save the model again");
  return fail("model " + quote(graph.name), "has layers that form a circle");
}

Expected<void> ModelImporter::importCall(const LayerEntry &entry, size_t call) {
  static const Call none;
  const Call &data = call < entry.calls.size() ? entry.calls[call] : none;
  SmallVector<Value> tensors;
  for (const TensorRef &tensor : data.tensors)
    tensors.push_back(*lookUp(tensor));
  if (Expected<void> done = importForCall(entry, data, tensors); !done)
    return done;
  auto inner = nested.find(entry.name);
  CallContext context{entry, data, tensors,
                      inner == nested.end() ? layer::ModelOp() : inner->second,
                      rule};
  Expected<ImportedCall> imported = importer::importCall(b, context);
  if (!imported)
    return Unexpected(imported.error());
  if (!imported->aside.empty())
    unusualCalls[entry.name + "/" + std::to_string(call)] = imported->aside;
  results[entry.name].push_back(std::move(imported->results));
  return {};
}

//===-- The model ---------------------------------------------------------===//

/// The names of a flat dict of outputs, in their order; empty for another nest.
static SmallVector<std::string> findKeys(const Json &structure) {
  SmallVector<std::string> keys;
  if (structure.is_object())
    for (const auto &[key, value] : structure.items()) {
      if (!value.is_number())
        return {};
      keys.push_back(key);
    }
  return keys;
}

/// One leaf for one tensor and a list for several is what needs no saying.
static bool isPlainStructure(const Json &structure, size_t count) {
  if (count == 1)
    return structure.is_number();
  if (!structure.is_array() || structure.size() != count)
    return false;
  return llvm::all_of(structure,
                      [](const Json &leaf) { return leaf.is_number(); });
}

Expected<void> ModelImporter::makeOutput() {
  SmallVector<Value> values;
  for (const TensorRef &tensor : graph.outputs) {
    FailureOr<Value> value = lookUp(tensor);
    if (failed(value))
      return fail("model " + quote(graph.name),
                  "returns result " + std::to_string(tensor.result) +
                      " of call " + std::to_string(tensor.call) + " of " +
                      quote(tensor.layer),
                  "it has no such tensor", "save the model again");
    values.push_back(*value);
  }
  ArrayAttr names;
  if (auto keys = findKeys(graph.outputStructure); !keys.empty())
    names = b.getStrArrayAttr(SmallVector<StringRef>(keys.begin(), keys.end()));
  Attribute structure;
  if (!isPlainStructure(graph.outputStructure, values.size()))
    structure = toAttribute(b.getContext(), graph.outputStructure);
  layer::OutputOp::create(b, model.getLoc(), values, names, structure);
  return {};
}

/// The attribute `layers`, where the order of the ops is not that of
/// model.layers.
void ModelImporter::setLayerOrder() {
  std::vector<std::string> wanted, made;
  for (const LayerEntry &entry : graph.layers)
    if (!entry.isFunction())
      wanted.push_back(entry.name);
  llvm::SmallPtrSet<Operation *, 32> functions;
  std::set<std::string> seen, functionNames;
  for (const LayerEntry &entry : graph.layers)
    if (entry.isFunction())
      functionNames.insert(entry.name);
  for (Operation &op : model.getBody().front()) {
    auto name = op.getAttrOfType<StringAttr>("name");
    if (name && !functionNames.contains(name.str()) &&
        seen.insert(name.str()).second)
      made.push_back(name.str());
  }
  if (wanted != made)
    model.setLayersAttr(b.getStrArrayAttr(
        SmallVector<StringRef>(wanted.begin(), wanted.end())));
}

/// {module, registered_name} of each layer whose file names its class otherwise
/// than its op does: Python code may keep a class in any module, unregistered.
Json ModelImporter::collectOrigins() const {
  llvm::StringMap<Operation *> ops;
  for (auto layer :
       layer::ModelOp(model).getBody().getOps<layer::LayerOpInterface>())
    ops[layer.getName()] = layer;
  Json origins = Json::object();
  for (const LayerEntry &entry : graph.layers) {
    Operation *op = ops.lookup(entry.name);
    if (!op || isKerasModule(entry.module))
      continue;
    Json origin = Json::object();
    for (const char *key : {"module", "registered_name"})
      if (const Json *value = find(entry.object, key))
        origin[key] = *value;
    origins[entry.name] = std::move(origin);
  }
  return origins;
}

/// Whether a layer, or one in a nested model, has weights.
static bool hasWeights(ModuleOp module, Operation *op) {
  if (auto layer = dyn_cast<layer::LayerOpInterface>(op))
    return !layer.weights().empty();
  auto call = dyn_cast<layer::CallOp>(op);
  if (!call)
    return false;
  auto model = cast<layer::ModelOp>(module.lookupSymbol(call.getModelAttr()));
  return llvm::any_of(model.getBody().front(), [&](Operation &inner) {
    return hasWeights(module, &inner);
  });
}

Unexpected<Error>
ModelImporter::failUnclear(const std::string &layer,
                           const std::vector<LayerNames> &places) const {
  auto nameModel = [&](ArrayRef<std::string> models) {
    return models.empty() ? "the outermost model"
                          : "model " + quote(llvm::join(models, "/"));
  };
  std::string others;
  for (const LayerNames &place : places)
    others += (others.empty() ? "" : " or ") +
              nameModel(ArrayRef<std::string>(place).drop_back());
  return fail("layer " + quote(layer) + " in " + nameModel(path),
              "has the weights of that in " + others,
              "their name and config are the same, and the file does not tell "
              "which one it is",
              "give the layers different names and save the model again");
}

/// Where the weights of each layer are that is in another model, too.
Expected<Json> ModelImporter::collectShared() const {
  Json shared = Json::object();
  const auto &[places, unclear] = file.shared;
  if (places.empty() && unclear.empty())
    return shared;
  llvm::StringMap<Operation *> ops;
  for (Operation &op : layer::ModelOp(model).getBody().front())
    if (auto name = op.getAttrOfType<StringAttr>("name"))
      ops[name.getValue()] = &op;
  for (const LayerEntry &entry : graph.layers) {
    LayerNames layer = path;
    layer.push_back(entry.name);
    Operation *op = ops.lookup(entry.name);
    if (auto found = unclear.find(layer);
        found != unclear.end() && op && hasWeights(module, op))
      return failUnclear(entry.name, found->second);
    if (auto first = places.find(layer); first != places.end())
      shared[entry.name] = first->second;
  }
  return shared;
}

/// The dictionary `keras`: what dlc has no use for but Keras wants back.
Expected<void> ModelImporter::setAside() {
  Json aside = Json::object();
  for (const auto &[key, value] : graph.more.items()) {
    Json shortened = shortenObject(key, value);
    if (!shortened.is_null() && !(key == "dtype" && shortened == "float32"))
      aside[key] = shortened;
  }
  if (!isPlainStructure(graph.inputStructure, graph.inputs.size()))
    aside["inputs"] = graph.inputStructure;
  if (!unusualCalls.empty())
    aside["calls"] = unusualCalls;
  if (Json origins = collectOrigins(); !origins.empty())
    aside["classes"] = std::move(origins);
  Expected<Json> shared = collectShared();
  if (!shared)
    return Unexpected(shared.error());
  if (!shared->empty())
    aside["shared"] = std::move(*shared);
  if (!aside.empty())
    model.setKerasAttr(
        cast<DictionaryAttr>(toAttribute(b.getContext(), aside)));
  return {};
}

Expected<layer::ModelOp> ModelImporter::run() {
  if (Expected<void> done = importNestedModels(); !done)
    return Unexpected(done.error());
  b.setInsertionPointToEnd(module.getBody());
  auto name = b.getStringAttr(graph.name);
  model = layer::ModelOp::create(b, NameLoc::get(name), symbol,
                                 graph.sequential ? "Sequential" : "Functional",
                                 graph.trainable,
                                 /*layers=*/nullptr, /*keras=*/nullptr);
  b.setInsertionPointToEnd(&model.getBody().emplaceBlock());
  if (Expected<void> done = importLayers(); !done)
    return Unexpected(done.error());
  if (Expected<void> done = makeOutput(); !done)
    return Unexpected(done.error());
  setLayerOrder();
  if (Expected<void> done = setAside(); !done)
    return Unexpected(done.error());
  return model;
}

Expected<layer::ModelOp>
importer::importGraph(ModuleOp module, const Graph &graph,
                      const TrainingRule &rule,
                      const keras::WeightMap &weights) {
  File file{{}, findSharedLayers(graph, weights)};
  return ModelImporter(module, graph, rule, file, {}).run();
}
