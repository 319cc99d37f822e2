// Keras' numbering of saved layers (_save_container_state in
// keras/src/saving/saving_lib.py).
#include "dialects/layer/WeightPaths.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace dlc::layer;

namespace {

struct NamedLayer {
  StringRef name;
  StringRef kerasClass;
};

} // namespace

/// Groups go by the class' name in Python, which is not always that in a
/// config.
static StringRef getPythonClass(LayerOpInterface layer) {
  return isa<GroupQueryAttentionOp>(layer) ? "GroupedQueryAttention"
                                           : layer.getKerasClass();
}

static std::optional<NamedLayer> describe(Operation &op) {
  if (auto call = dyn_cast<CallOp>(op)) {
    auto model = call->getParentOfType<ModelOp>();
    auto inner = SymbolTable::lookupNearestSymbolFrom<ModelOp>(
        model->getParentOp(), call.getModelAttr());
    return NamedLayer{call.getName(),
                      inner ? inner.getKind() : StringRef("Functional")};
  }
  auto layer = dyn_cast<LayerOpInterface>(op);
  if (!layer || layer.getKerasModule().starts_with("keras.src.ops"))
    return std::nullopt;
  return NamedLayer{layer.getName(), getPythonClass(layer)};
}

static SmallVector<NamedLayer> listLayers(ModelOp model) {
  SmallVector<NamedLayer> layers;
  llvm::StringSet<> seen;
  for (Operation &op : model.getBody().front())
    if (auto layer = describe(op))
      if (seen.insert(layer->name).second)
        layers.push_back(*layer);
  auto order = model.getLayers();
  if (!order)
    return layers;

  // Layers that the list leaves out come after those in it.
  llvm::StringMap<NamedLayer> byName;
  for (const NamedLayer &layer : layers)
    byName[layer.name] = layer;
  llvm::StringSet<> listed;
  SmallVector<NamedLayer> ordered;
  for (StringRef name : order->getAsValueRange<StringAttr>())
    if (auto found = byName.find(name);
        found != byName.end() && listed.insert(name).second)
      ordered.push_back(found->second);
  for (const NamedLayer &layer : layers)
    if (!listed.contains(layer.name))
      ordered.push_back(layer);
  return ordered;
}

SmallVector<StringRef> dlc::layer::getLayerOrder(ModelOp model) {
  return llvm::map_to_vector(
      listLayers(model), [](const NamedLayer &layer) { return layer.name; });
}

SmallVector<std::string>
dlc::layer::listDatasets(ArrayRef<WeightSpec> weights) {
  llvm::StringMap<unsigned> counts;
  return llvm::map_to_vector(weights, [&](const WeightSpec &weight) {
    std::string path = weight.holder.empty() ? "" : weight.holder.str() + "/";
    return path + "vars/" + std::to_string(counts[weight.holder]++);
  });
}

llvm::StringMap<std::string> dlc::layer::getWeightPaths(ModelOp model) {
  llvm::StringMap<std::string> paths;
  llvm::StringMap<unsigned> counts;
  for (const NamedLayer &layer : listLayers(model)) {
    std::string name = toSnakeCase(layer.kerasClass);
    unsigned count = counts[name]++;
    std::string path = "layers/" + name;
    if (count > 0)
      path += "_" + std::to_string(count);
    paths[layer.name] = path;
  }
  return paths;
}

//===-- Layers that stand in several models -------------------------------===//

LayerPath dlc::layer::findOwner(ModelOp model, StringRef layer) {
  auto keras = model.getKerasAttr();
  auto shared = keras ? keras.getAs<DictionaryAttr>("shared") : nullptr;
  auto names = shared ? shared.getAs<ArrayAttr>(layer) : nullptr;
  LayerPath path;
  if (names && llvm::all_of(names, llvm::IsaPred<StringAttr>))
    llvm::append_range(path, names.getAsValueRange<StringAttr>());
  return path;
}

/// The model that a call of this name in `model` calls; null if there is none.
static ModelOp findCalled(ModelOp model, StringRef name) {
  for (auto call : model.getBody().getOps<CallOp>())
    if (call.getName() == name)
      return SymbolTable::lookupNearestSymbolFrom<ModelOp>(model->getParentOp(),
                                                           call.getModelAttr());
  return {};
}

WeightPlace dlc::layer::placeWeights(ModelOp main, const LayerPath &path) {
  WeightPlace place;
  ModelOp model = main;
  for (StringRef name : path) {
    StringRef joint = place.name.empty() ? "" : "/";
    place.name += (joint + name).str();
    if (model)
      place.group += (joint + getWeightPaths(model)[name]).str();
    model = model ? findCalled(model, name) : model;
  }
  return place;
}
