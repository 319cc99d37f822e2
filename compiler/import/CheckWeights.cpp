// Compares datasets with the weights that layers declare.
#include "compiler/import/CheckWeights.h"
#include "dialects/layer/Layer.h"
#include "dialects/layer/WeightPaths.h"

#include <set>

using namespace mlir;
using namespace dlc;
using namespace dlc::importer;

namespace {

class WeightChecker {
public:
  WeightChecker(const keras::WeightMap &weights, const std::string &file)
      : weights(weights), file(file) {}

  Expected<void> checkModel(layer::ModelOp model, const std::string &prefix);

private:
  Expected<void> checkLayer(layer::LayerOpInterface layer,
                            const std::string &path);
  size_t countVariables(const std::string &path,
                        ArrayRef<layer::WeightSpec> specs) const;

  const keras::WeightMap &weights;
  const std::string &file;
};

} // namespace

/// How many of path/vars/0, 1, ... there are, and of those in layers within.
size_t WeightChecker::countVariables(const std::string &path,
                                     ArrayRef<layer::WeightSpec> specs) const {
  std::set<StringRef> holders = {""};
  for (const layer::WeightSpec &spec : specs)
    holders.insert(spec.holder);
  size_t count = 0;
  for (StringRef holder : holders) {
    std::string group = holder.empty() ? path : path + "/" + holder.str();
    for (size_t i = 0; weights.contains(group + "/vars/" + std::to_string(i));
         ++i)
      ++count;
  }
  return count;
}

Expected<void> WeightChecker::checkLayer(layer::LayerOpInterface layer,
                                         const std::string &path) {
  std::string thing = file + ": " + layer->getName().getStringRef().str() +
                      " \"" + layer.getName().str() + "\"";
  auto specs = layer.weights();
  size_t count = countVariables(path, specs);
  if (count != specs.size())
    return fail(thing, "has " + std::to_string(specs.size()) + " weights",
                "the file holds " + std::to_string(count) + " under " + path,
                "use the weights that were saved with this model");
  for (auto [spec, dataset] :
       llvm::zip_equal(specs, layer::listDatasets(specs))) {
    auto found = weights.find(path + "/" + dataset);
    if (found == weights.end())
      return fail(thing, "needs " + spec.name.str(),
                  "the file has no " + path + "/" + dataset,
                  "use the weights that were saved with this model");
    const Tensor &tensor = found->second;
    Shape shape(spec.type.getShape().begin(), spec.type.getShape().end());
    if (tensor.shape() != shape)
      return fail(
          thing, "needs " + spec.name.str() + " of shape " + formatShape(shape),
          "the file's has shape " + formatShape(tensor.shape()),
          "use the weights that were saved with this model");
  }
  return {};
}

Expected<void> WeightChecker::checkModel(layer::ModelOp model,
                                         const std::string &prefix) {
  llvm::StringMap<std::string> paths = layer::getWeightPaths(model);
  for (Operation &op : model.getBody().front()) {
    auto name = op.getAttrOfType<StringAttr>("name");
    auto path = name ? paths.find(name.getValue()) : paths.end();
    if (path == paths.end() ||
        !layer::findOwner(model, name.getValue()).empty())
      continue;
    std::string full = prefix + path->second;
    Expected<void> done;
    if (auto call = dyn_cast<layer::CallOp>(op)) {
      auto nested = SymbolTable::lookupNearestSymbolFrom<layer::ModelOp>(
          model->getParentOp(), call.getModelAttr());
      if (nested)
        done = checkModel(nested, full + "/");
    } else if (auto layer = dyn_cast<layer::LayerOpInterface>(op)) {
      done = checkLayer(layer, full);
    }
    if (!done)
      return done;
  }
  return {};
}

Expected<void> importer::checkWeights(ModuleOp module,
                                      const keras::WeightMap &weights,
                                      const std::string &file) {
  auto model = layer::findMainModel(module);
  if (failed(model))
    return {};
  return WeightChecker(weights, file).checkModel(*model, "");
}

/// Sums of the products with zero: NaN where there is a NaN or an infinity, and
/// faster than a test of each element.
static bool isFinite(const Tensor &tensor) {
  float sum = 0;
  for (float value : tensor.as<float>())
    sum += value * 0.0f;
  return sum == 0.0f;
}

std::string importer::noteNonFinite(const keras::WeightMap &weights) {
  std::string first;
  size_t count = 0;
  for (const auto &[path, tensor] : weights) {
    if (tensor.dtype() != DType::F32 || isFinite(tensor))
      continue;
    if (count++ == 0)
      first = path;
  }
  if (count == 0)
    return "";
  return "weights hold NaN or infinities: " + first +
         (count == 1 ? "" : " and " + std::to_string(count - 1) + " more");
}
