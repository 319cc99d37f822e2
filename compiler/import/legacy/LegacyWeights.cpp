// A group of a legacy file is a layer of the outermost model; its weights are
// ordered trainable first, then the others (_legacy_weights in
// keras/src/legacy/saving/legacy_h5_format.py).
#include "compiler/import/legacy/LegacyWeights.h"
#include "dialects/layer/Layer.h"
#include "dialects/layer/WeightPaths.h"

#include <algorithm>
#include <set>

using namespace mlir;
using namespace dlc;
using namespace dlc::importer;

namespace {

struct Variable {
  std::string path; // in model.weights.h5
  std::string name; // as Keras 3 calls it: "inner/dense/kernel"
  Shape shape;
  bool trainable = true;
};

/// A layer of the outermost model with the variables of all layers in it.
struct Unit {
  std::string name;
  std::vector<Variable> variables;
};

class VariableLister {
public:
  std::vector<Unit> list(layer::ModelOp model);

private:
  /// Where a layer stands: its path and name end in "/", except at the top.
  struct Place {
    std::string path, name;
    bool trainable = true;
  };
  void addModel(layer::ModelOp model, const Place &place);
  void addLayer(Operation *op, const std::string &path, const Place &place);

  std::vector<Variable> variables;
};

} // namespace

static bool isTrainable(Operation *op) {
  auto trainable = op->getAttrOfType<BoolAttr>("trainable");
  return !trainable || trainable.getValue();
}

/// The first call of each layer, by name.
static llvm::StringMap<Operation *> findLayers(layer::ModelOp model) {
  llvm::StringMap<Operation *> layers;
  for (Operation &op : model.getBody().front())
    if (auto name = op.getAttrOfType<StringAttr>("name"))
      layers.try_emplace(name.getValue(), &op);
  return layers;
}

void VariableLister::addLayer(Operation *op, const std::string &path,
                              const Place &place) {
  auto name = op->getAttrOfType<StringAttr>("name").str();
  bool trainable = place.trainable && isTrainable(op);
  if (auto call = dyn_cast<layer::CallOp>(op)) {
    auto nested = SymbolTable::lookupNearestSymbolFrom<layer::ModelOp>(
        op->getParentOp()->getParentOp(), call.getModelAttr());
    if (nested)
      addModel(nested, {path + "/", place.name + name + "/",
                        trainable && nested.getTrainable()});
    return;
  }
  auto layer = dyn_cast<layer::LayerOpInterface>(op);
  if (!layer)
    return;
  SmallVector<layer::WeightSpec> specs = layer.weights();
  for (auto [spec, dataset] :
       llvm::zip_equal(specs, layer::listDatasets(specs))) {
    ArrayRef<int64_t> shape = spec.type.getShape();
    variables.push_back(
        {path + "/" + dataset, place.name + name + "/" + spec.name.str(),
         Shape(shape.begin(), shape.end()), trainable && spec.trainable});
  }
}

void VariableLister::addModel(layer::ModelOp model, const Place &place) {
  llvm::StringMap<std::string> paths = layer::getWeightPaths(model);
  llvm::StringMap<Operation *> layers = findLayers(model);
  for (StringRef name : layer::getLayerOrder(model))
    addLayer(layers.lookup(name), place.path + paths.lookup(name), place);
}

std::vector<Unit> VariableLister::list(layer::ModelOp model) {
  llvm::StringMap<std::string> paths = layer::getWeightPaths(model);
  llvm::StringMap<Operation *> layers = findLayers(model);
  std::vector<Unit> units;
  for (StringRef name : layer::getLayerOrder(model)) {
    variables.clear();
    addLayer(layers.lookup(name), paths.lookup(name),
             {"", "", model.getTrainable()});
    std::ranges::stable_partition(variables, &Variable::trainable);
    units.push_back({name.str(), std::move(variables)});
  }
  return units;
}

static std::vector<Unit> listUnits(ModuleOp module) {
  FailureOr<layer::ModelOp> model = layer::findMainModel(module);
  return failed(model) ? std::vector<Unit>() : VariableLister().list(*model);
}

keras::LegacyLayout importer::makeLayout(ModuleOp module) {
  keras::LegacyLayout layout;
  for (const Unit &unit : listUnits(module)) {
    keras::LegacyLayer layer{unit.name, {}};
    for (const Variable &variable : unit.variables)
      layer.weights.push_back({variable.name, variable.path});
    layout.layers.push_back(std::move(layer));
  }
  return layout;
}

//===-- Matching ----------------------------------------------------------===//

namespace {

class LegacyMatcher {
public:
  LegacyMatcher(LegacyFile &file, const std::string &name)
      : file(file), name(name) {}

  Expected<keras::WeightMap> match(std::vector<Unit> units);

private:
  Expected<void> pairUp(std::vector<Unit> &units);
  Expected<void> take(const Unit &unit, keras::LegacyLayer &layer);

  LegacyFile &file;
  const std::string &name;
  /// Those that have weights.
  std::vector<keras::LegacyLayer *> layers;
  keras::WeightMap weights;
};

} // namespace

/// Orders `units`, which have weights, as the file's layers.
Expected<void> LegacyMatcher::pairUp(std::vector<Unit> &units) {
  if (units.size() != layers.size())
    return fail(
        name, "holds weights of " + std::to_string(layers.size()) + " layers",
        "the model has " + std::to_string(units.size()) + " with weights",
        "use the weights that were saved with this model");
  std::map<std::string, size_t> places;
  for (size_t i = 0; i < layers.size(); ++i)
    places[layers[i]->name] = i;
  auto isThere = [&](const Unit &unit) { return places.contains(unit.name); };
  if (places.size() == layers.size() && std::ranges::all_of(units, isThere))
    std::ranges::sort(units, {},
                      [&](const Unit &unit) { return places.at(unit.name); });
  return {};
}

Expected<void> LegacyMatcher::take(const Unit &unit,
                                   keras::LegacyLayer &layer) {
  std::string thing = name + ": layer \"" + unit.name + "\"";
  std::string from = unit.name == layer.name
                         ? "the file's"
                         : "\"" + layer.name + "\" of the file";
  if (unit.variables.size() != layer.weights.size())
    return fail(thing,
                "has " + std::to_string(unit.variables.size()) + " weights",
                from + " has " + std::to_string(layer.weights.size()),
                "use the weights that were saved with this model");
  for (size_t i = 0; i < layer.weights.size(); ++i) {
    const Variable &variable = unit.variables[i];
    Tensor &tensor = file.datasets.at(layer.weights[i].path);
    if (tensor.shape() != variable.shape)
      return fail(thing,
                  "needs " + variable.name + " of shape " +
                      formatShape(variable.shape),
                  from + " " + layer.weights[i].name + " has shape " +
                      formatShape(tensor.shape()),
                  "use the weights that were saved with this model");
    weights[variable.path] = tensor;
    layer.weights[i].path = variable.path;
  }
  return {};
}

Expected<keras::WeightMap> LegacyMatcher::match(std::vector<Unit> units) {
  std::erase_if(units, [](const Unit &unit) { return unit.variables.empty(); });
  for (keras::LegacyLayer &layer : file.layout.layers)
    if (!layer.weights.empty())
      layers.push_back(&layer);
  if (Expected<void> done = pairUp(units); !done)
    return Unexpected(done.error());
  for (size_t i = 0; i < units.size(); ++i)
    if (Expected<void> done = take(units[i], *layers[i]); !done)
      return Unexpected(done.error());
  return std::move(weights);
}

Expected<keras::WeightMap> importer::matchLegacy(ModuleOp module,
                                                 LegacyFile &file,
                                                 const std::string &name) {
  return LegacyMatcher(file, name).match(listUnits(module));
}
