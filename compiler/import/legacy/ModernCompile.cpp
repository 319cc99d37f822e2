// Keras 2 registered its optimizers as custom objects, wrapped metric functions
// and had another name for the usual reduction.
#include "compiler/import/legacy/ModernCompile.h"

#include "llvm/ADT/StringExtras.h"

using namespace dlc;
using namespace dlc::importer;

/// "Custom>Adam" is Keras' own Adam of 2.11 to 2.13.
static std::string removePackage(const std::string &className) {
  llvm::StringRef name = className;
  for (const char *package : {"Custom>", "Keras>"})
    if (name.consume_front(package))
      break;
  return name.str();
}

/// "sparse_categorical_accuracy" as a class, SparseCategoricalAccuracy.
static std::string toClassName(const std::string &function) {
  return llvm::convertToCamelFromSnakeCase(function,
                                           /*capitalizeFirst=*/true);
}

/// An object with a function `fn` of Keras becomes that function's own class.
static void unwrapFunction(Json &object) {
  std::string function = findString(object["config"], "fn");
  if (function.empty())
    return;
  object["class_name"] = toClassName(function);
  object["config"].erase("fn");
}

/// Keras 3 finds a class by its module, of which Keras 2 said nothing. One that
/// has a registered name and no module is a user's own.
static void addModule(Json &object, const char *module) {
  if (!findString(object, "module").empty() ||
      !findString(object, "registered_name").empty())
    return;
  object["module"] = module;
  object["registered_name"] = nullptr;
}

/// Every serialised object of a nest of losses or metrics.
static Json modernizeNest(const Json &nest, const char *module) {
  if (!nest.is_structured())
    return nest;
  Json modern = nest;
  if (!find(nest, "class_name")) {
    for (auto &[key, part] : modern.items())
      part = modernizeNest(part, module);
    return modern;
  }
  addModule(modern, module);
  modern["class_name"] = removePackage(findString(nest, "class_name"));
  if (!modern.contains("config") || !modern["config"].is_object())
    return modern;
  std::string className = findString(modern, "class_name");
  if (className == "MeanMetricWrapper" || className == "LossFunctionWrapper")
    unwrapFunction(modern);
  if (findString(modern["config"], "reduction") == "auto")
    modern["config"]["reduction"] = "sum_over_batch_size";
  return modern;
}

static Json modernizeOptimizer(const Json &optimizer) {
  const Json *config = find(optimizer, "config");
  if (!config || !config->is_object())
    return optimizer;
  Json modern = optimizer;
  modern["class_name"] = removePackage(findString(optimizer, "class_name"));
  // Keras 2.1 to 2.3 wrote null for what it took from its backend.
  Json &settings = modern["config"];
  if (const Json *epsilon = find(settings, "epsilon");
      epsilon && epsilon->is_null())
    settings.erase("epsilon");
  return modern;
}

Json importer::modernizeCompile(const Json &compile) {
  if (!compile.is_object())
    return compile;
  Json modern = compile;
  for (auto [key, module] : {std::pair("loss", "keras.losses"),
                             std::pair("metrics", "keras.metrics"),
                             std::pair("weighted_metrics", "keras.metrics")})
    if (const Json *nest = find(compile, key))
      modern[key] = modernizeNest(*nest, module);
  if (const Json *optimizer = find(compile, "optimizer"))
    modern["optimizer"] = modernizeOptimizer(*optimizer);
  return modern;
}
