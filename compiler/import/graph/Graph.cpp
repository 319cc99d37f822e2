// Reads config.layers, inbound_nodes, input_layers and output_layers.
#include "compiler/import/graph/Graph.h"
#include "compiler/import/config/Classes.h"

#include <algorithm>

using namespace dlc;
using namespace dlc::importer;

static const Json emptyConfig = Json::object();

const Json &LayerEntry::config() const {
  const Json *config = find(object, "config");
  return config && config->is_object() ? *config : emptyConfig;
}

bool LayerEntry::isModel() const { return find(config(), "layers") != nullptr; }

bool LayerEntry::isFunction() const {
  return isKerasModule(module) && module.find(".ops") != std::string::npos;
}

namespace {

/// ["dense", 0, 0], as input_layers and old nodes write a tensor.
bool isTriple(const Json &json) {
  return json.is_array() && json.size() >= 3 && json[0].is_string() &&
         json[1].is_number_integer() && json[2].is_number_integer();
}

/// Whether a nest of lists and dicts has tensors as all its leaves, and has
/// some.
bool isStructure(const Json &json) {
  if (isTriple(json))
    return true;
  return json.is_structured() && !json.empty() &&
         std::ranges::all_of(json, isStructure);
}

TensorRef readTriple(const Json &json) {
  return {json[0].get<std::string>(), json[1].get<int64_t>(),
          json[2].get<int64_t>()};
}

std::string quote(const std::string &name) { return "\"" + name + "\""; }

/// Fills a Graph from the object that Keras wrote for a model.
class GraphReader {
public:
  explicit GraphReader(const Json &object) : object(object) {}

  Expected<Graph> read();

private:
  Expected<void> readLayers(const Json &layers);
  Expected<void> readSequential();
  Expected<void> readFunctional();
  Expected<Call> readCall(const LayerEntry &entry, const Json &node);
  Json replaceTensors(const Json &json, Call &call);
  Json readStructure(const Json &json, std::vector<TensorRef> &tensors);
  void addInput(const Json &batchShape);
  void fixNestedOutputs();
  void modernize();

  const Json &object;
  Graph graph;
  bool oldNodes = false; // Keras 2 wrote them
};

//===-- Calls -------------------------------------------------------------===//

/// A copy in which __keras_tensor__ objects are indices into `call.tensors`.
Json GraphReader::replaceTensors(const Json &json, Call &call) {
  if (findString(json, "class_name") == "__keras_tensor__") {
    const Json *config = find(json, "config");
    const Json *history = config ? find(*config, "keras_history") : nullptr;
    if (history && isTriple(*history)) {
      call.tensors.push_back(readTriple(*history));
      return {{"tensor", call.tensors.size() - 1}};
    }
  }
  if (json.is_array()) {
    Json array = Json::array();
    for (const Json &element : json)
      array.push_back(replaceTensors(element, call));
    return array;
  }
  if (json.is_object()) {
    Json copy = Json::object();
    for (const auto &[key, value] : json.items())
      copy[key] = replaceTensors(value, call);
    return copy;
  }
  return json;
}

Expected<Call> GraphReader::readCall(const LayerEntry &entry,
                                     const Json &node) {
  Call call;
  if (node.is_object()) {
    if (const Json *args = find(node, "args"); args && args->is_array())
      call.args = replaceTensors(*args, call);
    if (const Json *kwargs = find(node, "kwargs");
        kwargs && kwargs->is_object())
      call.kwargs = replaceTensors(*kwargs, call);
    return call;
  }
  // Keras 2: [["name", 0, 0, {kwargs}], ...], all the first argument.
  oldNodes = true;
  Json tensors = Json::array();
  if (node.is_array())
    for (const Json &item : node)
      if (isTriple(item)) {
        tensors.push_back({{"tensor", call.tensors.size()}});
        call.tensors.push_back(readTriple(item));
        if (item.size() > 3 && item[3].is_object())
          call.kwargs.update(item[3]);
      }
  if (tensors.empty())
    return fail("layer " + quote(entry.name),
                "has an inbound node that dlc cannot read",
                "a node lists the tensors of one call",
                "save the model again with Keras 3");
  call.args.push_back(tensors.size() == 1 ? tensors[0] : tensors);
  return call;
}

//===-- Structures --------------------------------------------------------===//

/// A nest of tensors: leaves become indices, in the order of Keras'
/// tree.flatten, which sorts dicts.
Json GraphReader::readStructure(const Json &json,
                                std::vector<TensorRef> &tensors) {
  if (isTriple(json)) {
    tensors.push_back(readTriple(json));
    return tensors.size() - 1;
  }
  if (json.is_object()) {
    std::map<std::string, const Json *> sorted;
    for (const auto &[key, value] : json.items())
      sorted[key] = &value;
    Json copy = Json::object();
    for (const auto &[key, value] : sorted)
      copy[key] = readStructure(*value, tensors);
    return copy;
  }
  Json array = Json::array();
  if (json.is_array())
    for (const Json &element : json)
      array.push_back(readStructure(element, tensors));
  return array;
}

//===-- Layers ------------------------------------------------------------===//

Expected<void> GraphReader::readLayers(const Json &layers) {
  std::set<std::string> names;
  for (const Json &layer : layers) {
    LayerEntry entry;
    entry.object = layer;
    entry.module = findString(layer, "module");
    entry.className = findString(layer, "class_name");
    entry.name = findString(layer, "name");
    if (entry.name.empty())
      entry.name = findString(entry.config(), "name");
    if (entry.name.empty() || entry.className.empty())
      return fail("model " + quote(graph.name),
                  "has a layer without a name or class", "every layer has both",
                  "save the model again");
    if (!names.insert(entry.name).second)
      return fail("layer " + quote(entry.name), "appears twice",
                  "names of layers are unique in a model",
                  "rename one and save the model again");
    if (const Json *nodes = find(layer, "inbound_nodes"); nodes)
      for (const Json &node : *nodes) {
        Expected<Call> call = readCall(entry, node);
        if (!call)
          return Unexpected(call.error());
        entry.calls.push_back(std::move(*call));
      }
    graph.layers.push_back(std::move(entry));
  }
  return {};
}

/// Puts an InputLayer before the layers of a Sequential that has none.
void GraphReader::addInput(const Json &batchShape) {
  LayerEntry entry;
  entry.name = "input_layer";
  entry.module = "keras.layers";
  entry.className = "InputLayer";
  entry.object = {{"module", entry.module},
                  {"class_name", entry.className},
                  {"config", {{"batch_shape", batchShape}}}};
  graph.layers.insert(graph.layers.begin(), std::move(entry));
}

Expected<void> GraphReader::readSequential() {
  const Json &config = *find(object, "config");
  if (graph.layers.empty() || graph.layers.front().className != "InputLayer") {
    const Json *shape = find(config, "build_input_shape");
    if (!shape || !shape->is_array() || graph.layers.empty())
      return fail("model " + quote(graph.name), "is not built",
                  "dlc needs the shape of its input",
                  "start it with keras.Input(shape) or call it once before "
                  "model.save");
    addInput(*shape);
  }
  for (size_t i = 1; i < graph.layers.size(); ++i) {
    Call call;
    call.tensors.push_back({graph.layers[i - 1].name, 0, 0});
    call.args.push_back({{"tensor", 0}});
    graph.layers[i].calls = {std::move(call)};
  }
  graph.inputs = {{graph.layers.front().name, 0, 0}};
  graph.outputs = {{graph.layers.back().name, 0, 0}};
  graph.inputStructure = 0;
  graph.outputStructure = 0;
  return {};
}

Expected<void> GraphReader::readFunctional() {
  const Json &config = *find(object, "config");
  for (const char *key : {"input_layers", "output_layers"})
    if (!find(config, key))
      return fail("model " + quote(graph.name),
                  "has no " + std::string(key) + " in its config",
                  "a Functional model lists them", "save the model again");
  for (auto [key, structure, tensors] :
       {std::tuple("input_layers", &graph.inputStructure, &graph.inputs),
        std::tuple("output_layers", &graph.outputStructure, &graph.outputs)}) {
    const Json &listed = *find(config, key);
    if (!isStructure(listed))
      return fail("model " + quote(graph.name),
                  "lists " + printJson(listed) + " as " + key,
                  "a tensor is a layer's name, a call and a result",
                  "save the model again");
    *structure = readStructure(listed, *tensors);
  }
  oldNodes ? modernize() : fixNestedOutputs();
  return {};
}

/// Keras 3 counts the calls of a nested Functional from 1 in output_layers only
/// (`get_tensor` in functional_from_config undoes it).
void GraphReader::fixNestedOutputs() {
  std::set<std::string> functionals;
  for (const LayerEntry &entry : graph.layers)
    if (entry.isModel() && entry.className != "Sequential")
      functionals.insert(entry.name);
  for (TensorRef &tensor : graph.outputs)
    if (tensor.call > 0 && functionals.contains(tensor.layer))
      --tensor.call;
}

/// Keras 2 counts the calls of every nested model from 1, everywhere, and lists
/// a single tensor too.
void GraphReader::modernize() {
  std::set<std::string> models;
  for (const LayerEntry &entry : graph.layers)
    if (entry.isModel())
      models.insert(entry.name);
  auto fix = [&](TensorRef &tensor) {
    if (models.contains(tensor.layer) && tensor.call > 0)
      --tensor.call;
  };
  std::ranges::for_each(graph.outputs, fix);
  for (LayerEntry &entry : graph.layers)
    for (Call &call : entry.calls)
      std::ranges::for_each(call.tensors, fix);
  for (Json *structure : {&graph.inputStructure, &graph.outputStructure})
    if (*structure == Json::array({0}))
      *structure = 0;
}

Expected<Graph> GraphReader::read() {
  std::string className = findString(object, "class_name");
  const Json *config = find(object, "config");
  const Json *layers = config ? find(*config, "layers") : nullptr;
  if (!layers || !layers->is_array())
    return fail("model " + quote(className),
                "holds no layers: its graph is Python code",
                "dlc reads Sequential and Functional models",
                "trace it in Python: x = keras.Input(shape); "
                "keras.Model(x, model.call(x)).save(\"m.keras\")");
  graph.name = findString(*config, "name");
  if (graph.name.empty())
    graph.name = "model";
  graph.sequential = !find(*config, "output_layers");
  if (const Json *trainable = find(*config, "trainable");
      trainable && trainable->is_boolean())
    graph.trainable = trainable->get<bool>();
  for (const auto &[key, value] : config->items())
    if (key != "name" && key != "trainable" && key != "layers" &&
        key != "input_layers" && key != "output_layers" &&
        key != "build_input_shape")
      graph.more[key] = value;

  if (Expected<void> done = readLayers(*layers); !done)
    return Unexpected(done.error());
  Expected<void> done = graph.sequential ? readSequential() : readFunctional();
  if (!done)
    return Unexpected(done.error());
  return std::move(graph);
}

} // namespace

Expected<Graph> importer::readGraph(const Json &object) {
  return GraphReader(object).read();
}
