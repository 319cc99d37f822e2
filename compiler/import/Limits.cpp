// How large a model may be that a file describes.
#include "compiler/import/Limits.h"
#include "dialects/layer/Layer.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::importer;

/// Keras' largest application has one model of 1,000 layers.
static constexpr size_t maxModels = 1000;
static constexpr uint64_t maxLayers = 1'000'000;

// Nothing is verified yet: an attribute may be missing or of another kind.

static StringRef getName(layer::ModelOp model) {
  auto name = model->getAttrOfType<StringAttr>("sym_name");
  return name ? name.getValue() : "";
}

static StringRef getCalled(layer::CallOp call) {
  auto model = call->getAttrOfType<FlatSymbolRefAttr>("model");
  return model ? model.getValue() : "";
}

namespace {

/// Counts layers with those of called models. At most `maxModels` deep.
class LayerCounter {
public:
  explicit LayerCounter(ModuleOp module) {
    for (auto model : module.getOps<layer::ModelOp>())
      models.try_emplace(getName(model), model);
  }

  /// Beyond `maxLayers` it may be any larger number; none for a model that
  /// calls itself.
  std::optional<uint64_t> count(StringRef name) {
    auto model = models.find(name);
    if (model == models.end())
      return 0; // the verifier says so
    auto [entry, isNew] = counts.try_emplace(name, std::nullopt);
    if (!isNew)
      return entry->second;
    uint64_t sum = 0;
    for (Region &region : model->second->getRegions())
      for (Operation &op : region.getOps()) {
        auto call = dyn_cast<layer::CallOp>(op);
        std::optional<uint64_t> more =
            call ? count(getCalled(call)) : std::optional<uint64_t>(1);
        if (!more)
          return std::nullopt;
        sum = std::min(sum + *more, maxLayers + 1);
      }
    // The recursion may have moved the entry.
    counts[name] = sum;
    return sum;
  }

private:
  llvm::StringMap<layer::ModelOp> models;
  llvm::StringMap<std::optional<uint64_t>> counts;
};

} // namespace

Expected<void> importer::checkLimits(ModuleOp module, const std::string &file) {
  auto models = module.getOps<layer::ModelOp>();
  size_t number = size_t(std::distance(models.begin(), models.end()));
  if (number > maxModels)
    return fail(file, "holds " + std::to_string(number) + " models",
                "at most " + std::to_string(maxModels) + " are read",
                "check where the file is from");
  LayerCounter counter(module);
  for (layer::ModelOp model : models) {
    std::string thing = file + ": layer.model @" + getName(model).str();
    std::optional<uint64_t> layers = counter.count(getName(model));
    if (!layers)
      return fail(thing, "calls itself", "a model is finite",
                  "break the circle");
    if (*layers > maxLayers)
      return fail(thing,
                  "has over " + std::to_string(maxLayers) +
                      " layers with those of the models that it calls",
                  "no machine trains so many", "check where the file is from");
  }
  return {};
}
