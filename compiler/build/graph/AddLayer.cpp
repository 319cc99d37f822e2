// Checks a layer's arguments against its definition and makes its op as the
// importer does.
#include "compiler/build/graph/AddLayer.h"
#include "compiler/import/config/Classes.h"
#include "compiler/import/config/ObjectArguments.h"
#include "compiler/import/graph/ImportCall.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::build;

namespace {

struct ArgumentSpec {
  const char *key;
  bool required;
};

/// A layer's arguments in the order of Keras' signature.
struct LayerSpec {
  const char *kerasClass;
  bool takesList;
  std::vector<ArgumentSpec> arguments;
};

} // namespace

/// Generated from the definitions of the layers.
static const std::vector<LayerSpec> &listLayers() {
  static const std::vector<LayerSpec> layers = {
#include "compiler/build/LayerTable.inc"
  };
  return layers;
}

static const LayerSpec *findLayer(StringRef kerasClass) {
  for (const LayerSpec &layer : listLayers())
    if (layer.kerasClass == kerasClass)
      return &layer;
  return nullptr;
}

bool build::takesList(StringRef kerasClass) {
  const LayerSpec *layer = findLayer(kerasClass);
  return layer && layer->takesList;
}

//===-- Arguments ---------------------------------------------------------===//

static std::string listKeys(const LayerSpec &layer) {
  std::vector<std::string> keys;
  for (const ArgumentSpec &argument : layer.arguments)
    keys.push_back(argument.key);
  return keys.empty() ? "no arguments" : llvm::join(keys, ", ");
}

/// Every key is one that the layer has, and none is missing.
static Expected<void> checkConfig(const LayerSpec &layer, const Json &config,
                                  const std::string &thing) {
  SmallVector<StringRef> known = {"name", "trainable"};
  for (const ArgumentSpec &argument : layer.arguments)
    known.push_back(argument.key);
  for (const auto &[key, value] : config.items()) {
    if (llvm::is_contained(known, key))
      continue;
    std::string nearest = layer::suggestNames(key, known);
    return fail(
        thing, "is given " + key,
        std::string("a ") + layer.kerasClass + " takes " + listKeys(layer),
        nearest.empty() ? "leave it out" : "did you mean " + nearest + "?");
  }
  for (const ArgumentSpec &argument : layer.arguments) {
    auto given = config.find(argument.key);
    if (argument.required && (given == config.end() || given->is_null()))
      return fail(thing, std::string("has no ") + argument.key,
                  std::string("a ") + layer.kerasClass + " needs it",
                  std::string("give ") + argument.key + "=...");
  }
  return {};
}

Expected<Json> build::makeConfig(const importer::CallText &call) {
  Json config = call.keywords;
  if (call.positional.empty())
    return config;
  const LayerSpec *layer = findLayer(call.callee);
  std::string thing = "layer " + call.callee;
  size_t count = layer ? layer->arguments.size() : 0;
  if (call.positional.size() > count)
    return fail(thing,
                "is given " + std::to_string(call.positional.size()) +
                    " arguments without a key",
                layer ? "it takes " + listKeys(*layer)
                      : "dlc knows no order of its arguments",
                "give arguments by key");
  for (auto [argument, value] : llvm::zip(layer->arguments, call.positional)) {
    if (config.contains(argument.key))
      return fail(thing, std::string("is given ") + argument.key + " twice",
                  "an argument has one value", "leave one of them out");
    config[argument.key] = value;
  }
  return config;
}

bool build::holdsObject(StringRef key) {
  return key.ends_with("_initializer") || key.ends_with("_regularizer") ||
         key.ends_with("_constraint");
}

Expected<Json> build::parseObject(const std::string &text,
                                  const std::string &key) {
  if (StringRef(text).ltrim().starts_with("{"))
    return importer::parseJson(text, key);
  if (!StringRef(text).contains('('))
    return Json(text);
  Expected<importer::CallText> call = importer::parseCall(
      text, key, {"l2(0.01)", importer::listObjectArguments});
  if (!call)
    return dlc::Unexpected(call.error());
  return Json{{"class_name", call->callee}, {"config", call->keywords}};
}

//===-- Ops ---------------------------------------------------------------===//

std::string build::makeName(GraphState &graph, const std::string &base) {
  std::string name = base;
  for (unsigned i = 1; !findCalls(graph.block(), name).empty(); ++i)
    name = base + "_" + std::to_string(i);
  return name;
}

/// An entry of a Keras config, as a file would hold it.
static importer::LayerEntry makeEntry(const std::string &name,
                                      const std::string &module,
                                      const std::string &kerasClass,
                                      Json config) {
  return {name,
          module,
          kerasClass,
          importer::makeObject(module, kerasClass, std::move(config)),
          {}};
}

static Expected<Value> makeOp(GraphState &graph, importer::LayerEntry entry,
                              const Json &arguments, ArrayRef<Value> operands) {
  SmallVector<Operation *> earlier = findCalls(graph.block(), entry.name);
  importer::Call call;
  call.args = arguments;
  OpBuilder b = OpBuilder::atBlockEnd(&graph.block());
  Expected<importer::ImportedCall> made = importer::importCall(
      b, {entry, call, operands, layer::ModelOp(), importer::TrainingRule()});
  if (!made)
    return dlc::Unexpected(made.error());
  Value result = made->results.front();
  Operation *op = result.getDefiningOp();
  if (earlier.empty() ||
      (earlier.front()->getName() == op->getName() &&
       layer::getSharedConfig(earlier.front()) == layer::getSharedConfig(op)))
    return result;
  op->erase();
  return fail("layer \"" + entry.name + "\"",
              "has the name of another layer of the graph",
              "calls of one layer share class and arguments",
              "choose another name");
}

Expected<Value> build::addLayer(GraphState &graph, LayerCall call) {
  Json config = Json::object();
  for (const auto &[key, value] : call.config.items())
    if (!value.is_null())
      config[key] = value;
  std::string name;
  if (const Json *given = importer::find(config, "name")) {
    if (!given->is_string() || given->get<std::string>().empty())
      return fail("layer " + call.kerasClass,
                  "has the name " + importer::printJson(*given),
                  "a name is a string", "choose one, or leave it out");
    name = given->get<std::string>();
    if (StringRef(name).contains('/'))
      return fail("layer \"" + name + "\"", "has a slash in its name",
                  "Keras takes none", "choose another name");
  } else {
    name = makeName(graph, layer::toSnakeCase(call.kerasClass));
  }
  config.erase("name");
  std::string thing = "layer \"" + name + "\"";
  const LayerSpec *layer = findLayer(call.kerasClass);
  if (layer)
    if (auto checked = checkConfig(*layer, config, thing); !checked)
      return dlc::Unexpected(checked.error());
  auto known = importer::findClass(
      graph.getContext(), importer::ObjectKind::Layer, call.kerasClass, thing);
  if (!known)
    return dlc::Unexpected(known.error());
  // A plug-in's class is in no module of Keras.
  Json object = importer::makeClassObject(*known, std::move(config));
  importer::LayerEntry entry = {name,
                                importer::findString(object, "module"),
                                call.kerasClass,
                                object,
                                {}};
  return makeOp(graph, std::move(entry),
                importer::makeUsualForm(*known,
                                        DictionaryAttr::get(graph.getContext()),
                                        call.operands.size())
                    .args,
                call.operands);
}

Expected<Value> build::addFunction(GraphState &graph,
                                   const std::string &kerasClass,
                                   const Json &arguments,
                                   ArrayRef<Value> operands) {
  importer::LayerEntry entry =
      makeEntry(makeName(graph, layer::toSnakeCase(kerasClass)),
                "keras.src.ops.numpy", kerasClass, Json::object());
  return makeOp(graph, std::move(entry), arguments, operands);
}

Expected<Value> build::addInput(GraphState &graph, const Shape &shape,
                                const std::string &name,
                                const std::string &dtype) {
  std::string thing = "input \"" + name + "\"";
  if (!name.empty() && !findCalls(graph.block(), name).empty())
    return fail(thing, "has the name of another layer of the graph",
                "names of layers are unique", "choose another name");
  for (int64_t size : shape)
    if (size < 1)
      return fail(thing, "has shape " + formatShape(shape),
                  "every dimension of a sample has a size",
                  "give the shape without the batch");
  Json batchShape = Json::array({nullptr});
  for (int64_t size : shape)
    batchShape.push_back(size);
  importer::LayerEntry entry = makeEntry(
      name.empty() ? makeName(graph, "input_layer") : name, "keras.layers",
      "InputLayer", Json{{"batch_shape", batchShape}, {"dtype", dtype}});
  return makeOp(graph, std::move(entry), Json::array(), {});
}
