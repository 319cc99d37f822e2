// Optimizers, losses and metrics as names, objects, lists and dicts.
#include "compiler/import/training/CompileConfig.h"
#include "compiler/import/config/Classes.h"
#include "compiler/import/config/Config.h"
#include "dialects/layer/Layer.h"

#include <map>

using namespace mlir;
using namespace dlc;
using namespace dlc::importer;

static std::string quote(const std::string &name) { return "\"" + name + "\""; }

/// {class_name, config}, of a class or of a function.
static bool isSerialized(const Json &json) {
  return find(json, "class_name") && find(json, "config");
}

//===-- One object --------------------------------------------------------===//

namespace {

struct Identifier {
  SavedClass saved;
  Json config = Json::object();
  bool isName = false; // given as a string
};

} // namespace

static Expected<Identifier> readIdentifier(const Json &json,
                                           const std::string &thing) {
  Json shortened = shortenObject("", json);
  if (shortened.is_string())
    return Identifier{
        {shortened.get<std::string>(), "", ""}, Json::object(), true};
  Identifier identifier{readClass(shortened), Json::object(), false};
  if (identifier.saved.name.empty())
    return fail(thing, "is " + printJson(json),
                "Keras takes a name or a serialised object",
                "give a name such as \"adam\" or \"accuracy\"");
  if (const Json *config = find(shortened, "config");
      config && config->is_object())
    identifier.config = *config;
  return identifier;
}

/// The op and its attributes; a name that is not the usual one goes into
/// `keras`, as ODS has no attribute for it.
static Expected<CompileObject> resolve(MLIRContext *context, ObjectKind kind,
                                       const Identifier &identifier,
                                       const std::string &thing,
                                       const std::string &usualName) {
  Expected<OperationName> op =
      findClass(context, kind, identifier.saved, thing);
  if (!op)
    return Unexpected(op.error());
  NamedAttrList attributes = readConfig(*op, identifier.config);
  std::string name = findString(identifier.config, "name");
  if (!name.empty() && name != usualName) {
    NamedAttrList aside;
    if (auto keras = attributes.get("keras"))
      aside.append(cast<DictionaryAttr>(keras).getValue());
    aside.set("name", StringAttr::get(context, name));
    attributes.set("keras", aside.getDictionary(context));
  }
  return CompileObject{*op, std::move(attributes)};
}

//===-- Options -----------------------------------------------------------===//

bool importer::isPlacement(StringRef key) {
  return key == "output" || key == "loss_weight" || key == "weighted";
}

static Expected<void> checkObjectKeys(MLIRContext *context, ObjectKind kind,
                                      const Json &object,
                                      const std::string &option) {
  Expected<Identifier> identifier = readIdentifier(object, option);
  if (!identifier)
    return Unexpected(identifier.error());
  if (const Json *inner = find(identifier->config, "inner_optimizer");
      inner && identifier->saved.name == "LossScaleOptimizer")
    return checkObjectKeys(context, kind, *inner, option);
  Expected<OperationName> op =
      findClass(context, kind, identifier->saved, option);
  if (!op)
    return Unexpected(op.error());
  SmallVector<StringRef> known = {"name"};
  for (StringAttr key : op->getAttributeNames())
    if (key != "keras" && !isPlacement(key))
      known.push_back(key);
  for (const auto &[key, value] : identifier->config.items()) {
    if (llvm::is_contained(known, key))
      continue;
    std::string nearest = layer::suggestNames(key, known);
    return fail(option + " " + quote(identifier->saved.name),
                "is given " + quote(key), "it takes no such argument",
                nearest.empty() ? "it takes " + llvm::join(known, ", ")
                                : "did you mean " + nearest + "?");
  }
  const Json *rate = find(identifier->config, "learning_rate");
  if (kind == ObjectKind::Optimizer && rate && rate->is_object())
    return checkObjectKeys(context, ObjectKind::Schedule, *rate, option);
  return {};
}

Expected<void> importer::checkOptionKeys(MLIRContext *context, ObjectKind kind,
                                         const Json &nest,
                                         const std::string &option) {
  if (nest.is_object() && nest.contains("class_name"))
    return checkObjectKeys(context, kind, nest, option);
  if (nest.is_structured())
    for (const Json &part : nest)
      if (auto checked = checkOptionKeys(context, kind, part, option); !checked)
        return checked;
  return {};
}

//===-- Optimizers --------------------------------------------------------===//

/// Keras 2 wrote `lr`, and keys that Keras 3 ignores.
static Json modernize(Json config) {
  if (const Json *rate = find(config, "lr")) {
    config["learning_rate"] = *rate;
    config.erase("lr");
  }
  for (const char *key : {"is_legacy_optimizer", "jit_compile"})
    config.erase(key);
  if (const Json *decay = find(config, "decay");
      decay && decay->is_number() && *decay == 0.0)
    config.erase("decay");
  return config;
}

/// A serialised schedule in the place of the learning rate.
static Expected<CompileObject> readSchedule(MLIRContext *context,
                                            const Json &rate,
                                            const std::string &optimizer) {
  std::string thing = optimizer + ": learning_rate";
  Expected<Identifier> identifier = readIdentifier(rate, thing);
  if (!identifier)
    return Unexpected(identifier.error());
  Expected<OperationName> op =
      findClass(context, ObjectKind::Schedule, readClass(rate), thing);
  if (!op)
    return Unexpected(op.error());
  NamedAttrList attributes = readConfig(*op, identifier->config);
  // A schedule's name is an argument with a default of its own.
  NamedAttrList usual;
  op->populateDefaultAttrs(usual);
  std::string name = findString(identifier->config, "name");
  auto named = StringAttr::get(context, name);
  if (!name.empty() && usual.get("name") != named)
    attributes.set("name", named);
  return CompileObject{*op, std::move(attributes)};
}

/// The optimizer that a LossScaleOptimizer wraps, and then the scale.
static Expected<CompileObjects> readLossScale(MLIRContext *context,
                                              const Identifier &identifier) {
  OperationName op(layer::LossScaleOptimizerOp::getOperationName(), context);
  const Json *inner = find(identifier.config, "inner_optimizer");
  if (!inner || findString(*inner, "class_name") == identifier.saved.name)
    return fail("optimizer " + quote(identifier.saved.name),
                "wraps no optimizer", "it scales the loss of another one",
                "give inner_optimizer an optimizer such as Adam");
  Expected<CompileObjects> objects = readOptimizer(context, *inner);
  if (!objects)
    return objects;
  Json config = identifier.config;
  config.erase("inner_optimizer");
  objects->push_back({op, readConfig(op, config)});
  return objects;
}

Expected<CompileObjects> importer::readOptimizer(MLIRContext *context,
                                                 const Json &optimizer) {
  if (optimizer.is_null())
    return CompileObjects();
  Expected<Identifier> identifier = readIdentifier(optimizer, "optimizer");
  if (!identifier)
    return Unexpected(identifier.error());
  if (identifier->saved.name == "LossScaleOptimizer")
    return readLossScale(context, *identifier);
  identifier->config = modernize(identifier->config);
  std::string thing = "optimizer " + quote(identifier->saved.name);
  CompileObjects objects;
  if (const Json *rate = find(identifier->config, "learning_rate");
      rate && rate->is_object()) {
    auto schedule = readSchedule(context, *rate, thing);
    if (!schedule)
      return Unexpected(schedule.error());
    objects.push_back(std::move(*schedule));
    identifier->config.erase("learning_rate");
  }
  // optimizers/base_optimizer.py names an optimizer by its class in lower case.
  Expected<CompileObject> object =
      resolve(context, ObjectKind::Optimizer, *identifier, thing,
              StringRef(identifier->saved.name).lower());
  if (!object)
    return Unexpected(object.error());
  objects.insert(objects.begin(), std::move(*object));
  return objects;
}

//===-- By output ---------------------------------------------------------===//

namespace {

using ByOutput = std::vector<std::pair<std::string, Json>>;

} // namespace

/// A dict's entries by output, or an error that names one that is none.
static Expected<ByOutput> splitDict(const Json &json, const std::string &thing,
                                    const std::vector<std::string> &outputs) {
  for (const auto &[key, value] : json.items())
    if (!llvm::is_contained(outputs, key))
      return fail(thing, "is given for " + quote(key),
                  "the model's outputs are " + llvm::join(outputs, ", "),
                  "name one of them");
  ByOutput split;
  for (const std::string &output : outputs)
    if (const Json *value = find(json, output.c_str()))
      split.emplace_back(output, *value);
  return split;
}

static Expected<ByOutput> splitList(const Json &json, const std::string &thing,
                                    const std::vector<std::string> &outputs) {
  if (json.size() != outputs.size())
    return fail(thing, "is a list of " + std::to_string(json.size()),
                "the model has " + std::to_string(outputs.size()) + " outputs",
                "give one for each output");
  ByOutput split;
  for (size_t i = 0; i < outputs.size(); ++i)
    split.emplace_back(outputs[i], json[i]);
  return split;
}

/// The value of each output that has one: one for all, a list, or a dict.
static Expected<ByOutput> split(const Json &json, const std::string &thing,
                                const std::vector<std::string> &outputs) {
  if (json.is_array())
    return splitList(json, thing, outputs);
  if (json.is_object() && !isSerialized(json))
    return splitDict(json, thing, outputs);
  ByOutput all;
  for (const std::string &output : outputs)
    all.emplace_back(output, json);
  return all;
}

/// A model with one output need not name it.
static void setOutput(NamedAttrList &attributes, MLIRContext *context,
                      const std::string &output,
                      const std::vector<std::string> &outputs) {
  if (outputs.size() > 1)
    attributes.set("output", StringAttr::get(context, output));
}

//===-- Losses ------------------------------------------------------------===//

Expected<CompileObjects>
importer::readLosses(MLIRContext *context, const Json &losses,
                     const Json &weights,
                     const std::vector<std::string> &outputs) {
  Expected<ByOutput> byOutput = split(losses, "loss", outputs);
  if (!byOutput)
    return Unexpected(byOutput.error());
  Expected<ByOutput> weightList = split(weights, "loss_weights", outputs);
  if (!weightList)
    return Unexpected(weightList.error());
  std::map<std::string, Json> weightOf(weightList->begin(), weightList->end());

  CompileObjects objects;
  for (const auto &[output, loss] : *byOutput) {
    if (loss.is_null())
      continue;
    std::string thing = "loss of " + quote(output);
    Expected<Identifier> identifier = readIdentifier(loss, thing);
    if (!identifier)
      return Unexpected(identifier.error());
    Expected<CompileObject> object =
        resolve(context, ObjectKind::Loss, *identifier, thing,
                layer::toSnakeCase(identifier->saved.name));
    if (!object)
      return Unexpected(object.error());
    setOutput(object->attributes, context, output, outputs);
    const Json &weight = weightOf[output];
    if (weight.is_number() && weight != 1.0)
      object->attributes.set("loss_weight", toAttribute(context, weight));
    objects.push_back(std::move(*object));
  }
  return objects;
}

//===-- Metrics -----------------------------------------------------------===//

/// Adds the metrics of a nest.
static Expected<void> addMetrics(CompileObjects &objects, MLIRContext *context,
                                 const Json &metrics, bool weighted,
                                 const std::string &output,
                                 const std::vector<std::string> &outputs) {
  if (metrics.is_null())
    return {};
  if (metrics.is_array() || (metrics.is_object() && !isSerialized(metrics))) {
    for (const auto &[key, metric] : metrics.items())
      if (Expected<void> done =
              addMetrics(objects, context, metric, weighted, output, outputs);
          !done)
        return done;
    return {};
  }
  Expected<Identifier> identifier = readIdentifier(metrics, "metric");
  if (!identifier)
    return Unexpected(identifier.error());
  std::string thing = "metric " + quote(identifier->saved.name);
  // The user sees a string as typed, and an object by its own name.
  std::string name = findString(identifier->config, "name");
  if (name.empty())
    name = identifier->isName ? identifier->saved.name
                              : layer::toSnakeCase(identifier->saved.name);
  Expected<CompileObject> object =
      resolve(context, ObjectKind::Metric, *identifier, thing, name);
  if (!object)
    return Unexpected(object.error());
  object->attributes.set("name", StringAttr::get(context, name));
  if (weighted)
    object->attributes.set("weighted", BoolAttr::get(context, true));
  setOutput(object->attributes, context, output, outputs);
  objects.push_back(std::move(*object));
  return {};
}

Expected<CompileObjects>
importer::readMetrics(MLIRContext *context, const Json &metrics, bool weighted,
                      const std::vector<std::string> &outputs) {
  std::string key = weighted ? "weighted_metrics" : "metrics";
  CompileObjects objects;
  if (metrics.is_null() || metrics.empty())
    return objects;
  // With one output any nest is meant for it.
  ByOutput byOutput = {{outputs.empty() ? "" : outputs.front(), metrics}};
  if (outputs.size() > 1) {
    if (isSerialized(metrics) || (!metrics.is_array() && !metrics.is_object()))
      return fail(key, "is " + printJson(metrics),
                  "a model with several outputs takes a list or a dict of them",
                  "give the metrics of each output by its name");
    Expected<ByOutput> splitMetrics = split(metrics, key, outputs);
    if (!splitMetrics)
      return Unexpected(splitMetrics.error());
    byOutput = std::move(*splitMetrics);
  }
  for (const auto &[output, nest] : byOutput)
    if (Expected<void> done =
            addMetrics(objects, context, nest, weighted, output, outputs);
        !done)
      return Unexpected(done.error());
  return objects;
}

//===-- Forms -------------------------------------------------------------===//

Json importer::normalizeNest(MLIRContext *context, ObjectKind kind,
                             const Json &nest) {
  if (isSerialized(nest)) {
    Expected<Identifier> identifier = readIdentifier(nest, "");
    if (!identifier || identifier->isName)
      return nest;
    Expected<CompileObject> object =
        resolve(context, kind, *identifier, "",
                layer::toSnakeCase(identifier->saved.name));
    if (!object)
      return nest;
    std::string text;
    llvm::raw_string_ostream(text)
        << object->op << " " << object->attributes.getDictionary(context);
    return text;
  }
  if (!nest.is_structured())
    return nest;
  Json copy = nest;
  for (auto &[key, part] : copy.items())
    part = normalizeNest(context, kind, part);
  return copy;
}
