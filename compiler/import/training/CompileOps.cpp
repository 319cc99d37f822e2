// Makes and reads layer.compile, keeping the user's own spelling beside it.
#include "compiler/import/training/CompileOps.h"
#include "compiler/import/Diagnostics.h"
#include "compiler/import/config/Classes.h"
#include "compiler/import/config/Config.h"
#include "compiler/import/training/CompileConfig.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::importer;

layer::CompileOp importer::findCompile(ModuleOp module) {
  auto compiles = module.getOps<layer::CompileOp>();
  return compiles.empty() ? layer::CompileOp() : *compiles.begin();
}

static std::vector<std::string> listOutputs(layer::ModelOp model) {
  auto output = cast<layer::OutputOp>(model.getBody().front().getTerminator());
  auto names = layer::getOutputNames(output);
  return {names.begin(), names.end()};
}

/// The entry of a config; null where it has none.
static const Json &at(const Json &config, const char *key) {
  static const Json null;
  const Json *value = find(config, key);
  return value ? *value : null;
}

static constexpr const char *spelled[] = {"loss", "loss_weights", "metrics",
                                          "weighted_metrics"};

//===-- Export ------------------------------------------------------------===//

/// {module, class_name, config} of an op in layer.compile.
static Json writeObject(Operation *op) {
  Json config = writeConfig(op);
  for (NamedAttribute attribute : op->getAttrs())
    if (isPlacement(attribute.getName()))
      config.erase(attribute.getName().str());
  if (auto name = op->getAttrOfType<StringAttr>("name"))
    config["name"] = name.str();
  return makeClassObject(op->getName(), std::move(config));
}

/// Whether Keras wraps optimizers of this model in a loss scale by itself
/// (compile's auto_scale_loss).
static bool scalesByItself(layer::ModelOp model) {
  DictionaryAttr aside = model.getKerasAttr();
  return aside && layer::getPolicyName(aside.get("dtype")) == "mixed_float16";
}

static layer::LossScaleOptimizerOp findLossScale(layer::CompileOp compile) {
  auto scales = compile.getBody().getOps<layer::LossScaleOptimizerOp>();
  return scales.empty() ? layer::LossScaleOptimizerOp() : *scales.begin();
}

void importer::addLossScale(layer::ModelOp model, layer::CompileOp compile) {
  if (scalesByItself(model))
    addLossScale(compile);
}

void importer::addLossScale(layer::CompileOp compile) {
  Block &body = compile.getBody().front();
  if (findLossScale(compile) ||
      compile.getBody().getOps<layer::OptimizerOpInterface>().empty())
    return;
  OpBuilder b = OpBuilder::atBlockEnd(&body);
  OperationState state(compile.getLoc(),
                       layer::LossScaleOptimizerOp::getOperationName());
  b.create(state);
}

/// The optimizer in its loss scale, unless Keras will wrap it so itself.
static Json wrapOptimizer(layer::LossScaleOptimizerOp scale, Json optimizer,
                          bool byItself) {
  bool isPlain = !scale.getInitialScaleAttr() &&
                 !scale.getDynamicGrowthStepsAttr() && !scale.getKerasAttr();
  if (byItself && isPlain)
    return optimizer;
  Json config = writeConfig(scale);
  config["inner_optimizer"] = std::move(optimizer);
  return makeClassObject(scale->getName(), std::move(config));
}

/// The optimizer, with its schedule for its learning rate.
static Json writeOptimizer(layer::CompileOp compile) {
  Json object;
  for (auto optimizer : compile.getBody().getOps<layer::OptimizerOpInterface>())
    object = writeObject(optimizer);
  for (auto schedule : compile.getBody().getOps<layer::ScheduleOpInterface>())
    if (object.is_object())
      object["config"]["learning_rate"] = writeObject(schedule);
  auto model = SymbolTable::lookupNearestSymbolFrom<layer::ModelOp>(
      compile->getParentOp(), compile.getModelAttr());
  if (layer::LossScaleOptimizerOp scale = findLossScale(compile);
      scale && object.is_object())
    return wrapOptimizer(scale, std::move(object),
                         model && scalesByItself(model));
  return object;
}

/// "accuracy" is no class: Keras resolves it by the shapes.
static Json writeMetric(layer::MetricOpInterface metric) {
  if (isa<layer::AccuracyOp>(metric))
    return metric.getName().str();
  return writeObject(metric);
}

/// Losses, their weights and metrics in a form that dlc itself would choose.
static Json writePlainConfig(layer::CompileOp compile,
                             const std::vector<std::string> &outputs) {
  Json config = Json::object();
  config["optimizer"] = writeOptimizer(compile);

  bool several = outputs.size() > 1;
  Json losses, weights, metrics, weightedMetrics;
  for (auto loss : compile.getBody().getOps<layer::LossOpInterface>()) {
    std::string output = loss.getOutput().str();
    bool weighted = loss.getWeight() != 1.0;
    if (!several) {
      losses = writeObject(loss);
      if (weighted)
        weights = loss.getWeight();
      continue;
    }
    losses[output] = writeObject(loss);
    if (weighted && weights.is_null())
      for (const std::string &each : outputs)
        weights[each] = 1.0;
    if (weighted)
      weights[output] = loss.getWeight();
  }
  // Keras wants a weight for each loss and no other.
  if (several && weights.is_object())
    for (const std::string &output : outputs)
      if (!find(losses, output.c_str()))
        weights.erase(output);
  for (auto metric : compile.getBody().getOps<layer::MetricOpInterface>()) {
    Json &list = metric.getWeighted() ? weightedMetrics : metrics;
    if (several)
      list[metric.getOutput().str()].push_back(writeMetric(metric));
    else
      list.push_back(writeMetric(metric));
  }
  config["loss"] = losses;
  config["loss_weights"] = weights;
  config["metrics"] = metrics;
  if (!weightedMetrics.is_null())
    config["weighted_metrics"] = weightedMetrics;
  return config;
}

static SmallVector<Operation *> listLosses(layer::CompileOp compile) {
  return llvm::map_to_vector(
      compile.getBody().getOps<layer::LossOpInterface>(),
      [](layer::LossOpInterface loss) { return loss.getOperation(); });
}

static SmallVector<Operation *> listMetrics(layer::CompileOp compile,
                                            bool weighted) {
  SmallVector<Operation *> metrics;
  for (auto metric : compile.getBody().getOps<layer::MetricOpInterface>())
    if (metric.getWeighted() == weighted)
      metrics.push_back(metric);
  return metrics;
}

/// Whether these ops of the body are those that a spelling stands for.
static bool standsFor(const Expected<CompileObjects> &objects,
                      ArrayRef<Operation *> ops) {
  if (!objects)
    return false;
  if (ops.size() != objects->size())
    return false;
  for (auto [op, object] : llvm::zip(ops, *objects)) {
    NamedAttrList wanted = object.attributes, has(op->getAttrDictionary());
    object.op.getRegisteredInfo()->populateDefaultAttrs(wanted);
    object.op.getRegisteredInfo()->populateDefaultAttrs(has);
    MLIRContext *context = op->getContext();
    if (op->getName() != object.op ||
        wanted.getDictionary(context) != has.getDictionary(context))
      return false;
  }
  return true;
}

Json importer::exportCompile(ModuleOp module) {
  layer::CompileOp compile = findCompile(module);
  if (!compile)
    return nullptr;
  auto model = SymbolTable::lookupNearestSymbolFrom<layer::ModelOp>(
      module, compile.getModelAttr());
  if (!model)
    return nullptr;
  std::vector<std::string> outputs = listOutputs(model);
  Json config = writePlainConfig(compile, outputs);
  if (!compile.getKeras())
    return config;

  // The user's spelling of what the ops still say.
  Json aside = toJson(*compile.getKeras());
  MLIRContext *context = module.getContext();
  auto spelling = [&](const char *key) -> const Json & {
    return find(aside, key) ? at(aside, key) : at(config, key);
  };
  if (standsFor(readLosses(context, spelling("loss"), spelling("loss_weights"),
                           outputs),
                listLosses(compile))) {
    config["loss"] = spelling("loss");
    config["loss_weights"] = spelling("loss_weights");
  }
  for (bool weighted : {false, true}) {
    const char *key = weighted ? "weighted_metrics" : "metrics";
    if (find(aside, key) &&
        standsFor(readMetrics(context, at(aside, key), weighted, outputs),
                  listMetrics(compile, weighted)))
      config[key] = at(aside, key);
  }
  for (const auto &[key, value] : aside.items())
    if (!llvm::is_contained(spelled, key))
      config[key] = value;
  return config;
}

int64_t importer::readStepsPerExecution(ModuleOp module) {
  layer::CompileOp compile = findCompile(module);
  if (!compile || !compile.getKeras())
    return 1;
  Json aside = toJson(*compile.getKeras());
  const Json &steps = at(aside, "steps_per_execution");
  // "auto" is a choice of TensorFlow's while it runs.
  return steps.is_number_integer() && steps >= 1 && steps <= INT32_MAX
             ? steps.get<int64_t>()
             : 1;
}

//===-- Import ------------------------------------------------------------===//

static Expected<void> createObjects(OpBuilder &b, Location loc,
                                    const Expected<CompileObjects> &objects) {
  if (!objects)
    return Unexpected(objects.error());
  for (const CompileObject &object : *objects) {
    OperationState state(loc, object.op);
    state.addAttributes(object.attributes.getAttrs());
    Operation *op = b.create(state);
    DiagnosticCatcher catcher(b.getContext());
    if (failed(verify(op)))
      return catcher.error(object.op.getStringRef().str(),
                           op->getAttrDictionary());
  }
  return {};
}

/// Values of compile's other arguments that need not be said.
static bool isUsual(StringRef key, const Json &value) {
  if (value.is_null() || value == Json::array())
    return true;
  if (key == "run_eagerly")
    return value == false;
  if (key == "steps_per_execution")
    return value == 1;
  // Keras writes what "auto" came to; false is said by a user.
  return key == "jit_compile" && (value == "auto" || value == true);
}

/// What the ops do not say: other arguments, and the spelling where dlc's own
/// would differ.
static DictionaryAttr makeAside(layer::CompileOp compile, const Json &config,
                                const std::vector<std::string> &outputs) {
  MLIRContext *context = compile.getContext();
  Json plain = writePlainConfig(compile, outputs);
  Json aside = Json::object();
  for (const auto &[key, value] : config.items()) {
    if (key == "optimizer" || isUsual(key, value))
      continue;
    ObjectKind kind = StringRef(key).ends_with("metrics") ? ObjectKind::Metric
                                                          : ObjectKind::Loss;
    auto normalize = [&](const Json &nest) {
      return normalizeNest(context, kind, nest);
    };
    bool isSpelling = llvm::is_contained(spelled, key);
    if (!isSpelling || normalize(value) != normalize(at(plain, key.c_str())))
      aside[key] = shortenObject(key, value);
  }
  if (aside.empty())
    return nullptr;
  return cast<DictionaryAttr>(toAttribute(context, aside));
}

Expected<void> importer::importCompile(ModuleOp module, layer::ModelOp model,
                                       const Json &config) {
  if (layer::CompileOp old = findCompile(module))
    old.erase();
  if (!config.is_object() || config.empty())
    return {};
  MLIRContext *context = module.getContext();
  OpBuilder b(context);
  b.setInsertionPointToEnd(module.getBody());
  Location loc = NameLoc::get(b.getStringAttr("compile"));
  auto compile = layer::CompileOp::create(b, loc, model.getSymName(),
                                          /*keras=*/nullptr);
  b.setInsertionPointToEnd(&compile.getBody().emplaceBlock());

  std::vector<std::string> outputs = listOutputs(model);
  for (const auto &objects :
       {readOptimizer(context, at(config, "optimizer")),
        readLosses(context, at(config, "loss"), at(config, "loss_weights"),
                   outputs),
        readMetrics(context, at(config, "metrics"), false, outputs),
        readMetrics(context, at(config, "weighted_metrics"), true, outputs)})
    if (Expected<void> done = createObjects(b, loc, objects); !done)
      return done;
  addLossScale(model, compile);
  if (DictionaryAttr aside = makeAside(compile, config, outputs))
    compile.setKerasAttr(aside);
  return {};
}
