// The table of classes is the list of ops that ODS generated, those of plug-ins
// too.
#include "compiler/import/config/Classes.h"
#include "compiler/import/config/Config.h"
#include "dialects/layer/Layer.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::importer;

static StringRef getClassName(OperationName op) {
  return op.getInterface<layer::KerasOpInterface>()->getKerasClass();
}

/// A module of Keras, or the package of a class that is registered with it.
static StringRef getModule(OperationName op) {
  return op.getInterface<layer::KerasOpInterface>()->getKerasModule();
}

static bool isOfKeras(OperationName op) {
  StringRef module = getModule(op);
  return !module.empty() && isKerasModule(module);
}

/// "Dense", "Acme>Scale": what a file says that was written from this op.
static std::string getRegisteredName(OperationName op) {
  std::string name = getClassName(op).str();
  return isOfKeras(op) || getModule(op).empty()
             ? name
             : getModule(op).str() + ">" + name;
}

static std::optional<ObjectKind> getKind(RegisteredOperationName op) {
  if (op.hasInterface<layer::LossOpInterface>())
    return ObjectKind::Loss;
  if (op.hasInterface<layer::MetricOpInterface>())
    return ObjectKind::Metric;
  if (op.hasInterface<layer::OptimizerOpInterface>())
    return ObjectKind::Optimizer;
  if (op.hasInterface<layer::ScheduleOpInterface>())
    return ObjectKind::Schedule;
  if (!op.hasInterface<layer::LayerOpInterface>())
    return std::nullopt;
  return isOfKeras(op) && getModule(op).contains(".ops") ? ObjectKind::Function
                                                         : ObjectKind::Layer;
}

static const char *describe(ObjectKind kind) {
  switch (kind) {
  case ObjectKind::Layer:
    return "layer";
  case ObjectKind::Function:
    return "function of keras.ops";
  case ObjectKind::Loss:
    return "loss";
  case ObjectKind::Metric:
    return "metric";
  case ObjectKind::Optimizer:
    return "optimizer";
  case ObjectKind::Schedule:
    return "learning-rate schedule";
  }
  return "class";
}

/// Keras' short names (losses/__init__.py, metrics/__init__.py).
static StringRef expandShortName(StringRef name) {
  return llvm::StringSwitch<StringRef>(name)
      .CaseLower("mse", "mean_squared_error")
      .CaseLower("bce", "binary_crossentropy")
      .CaseLower("mae", "mean_absolute_error")
      .CaseLower("mape", "mean_absolute_percentage_error")
      .CaseLower("msle", "mean_squared_logarithmic_error")
      .CaseLower("kld", "kl_divergence")
      .CaseLower("acc", "accuracy")
      .Default(name);
}

/// Layers go by their class; the rest also by any spelling of it, as in Keras.
static bool matchesName(ObjectKind kind, const std::string &asked,
                        const std::string &className) {
  if (asked == className)
    return true;
  if (kind == ObjectKind::Layer || kind == ObjectKind::Function)
    return false;
  if (kind == ObjectKind::Optimizer)
    return StringRef(asked).equals_insensitive(className);
  return expandShortName(asked) == layer::toSnakeCase(className);
}

/// Whether an op of the right name may stand for the class: Keras' own by its
/// module, another by its registered name. Python code that registers nothing
/// saves the bare name, and no module.
static bool matchesOrigin(const SavedClass &saved, OperationName op) {
  bool isBare =
      saved.registeredName.empty() || saved.registeredName == saved.name;
  bool isNamed = !saved.module.empty() || saved.registeredName.empty();
  if (isOfKeras(op))
    return isKerasModule(saved.module) && isBare && isNamed;
  if (!saved.module.empty() && isKerasModule(saved.module))
    return false;
  return isBare || saved.registeredName == getRegisteredName(op);
}

SavedClass importer::readClass(const Json &object) {
  return {findString(object, "class_name"), findString(object, "module"),
          findString(object, "registered_name")};
}

bool importer::isKerasModule(StringRef module) {
  return module.empty() || module == "keras" || module.starts_with("keras.");
}

static Unexpected<Error> failUnknown(ObjectKind kind, const SavedClass &saved,
                                     ArrayRef<std::string> known,
                                     const std::string &thing) {
  if (kind == ObjectKind::Optimizer &&
      StringRef(saved.name).equals_insensitive("cudnn"))
    return fail(thing, "is cudnn", "that is a library of kernels",
                "choose an optimizer such as adam, and the GPU by --target "
                "cuda");
  bool isKeras = isKerasModule(saved.module);
  bool isOwn = saved.module.empty() && !saved.registeredName.empty();
  std::string nearest = layer::suggestNames(
      saved.name, SmallVector<StringRef>(known.begin(), known.end()));
  if (nearest.empty()) {
    SmallVector<std::string> spellings =
        llvm::map_to_vector(known, [](const std::string &name) {
          return layer::toSnakeCase(name);
        });
    nearest = layer::suggestNames(
        saved.name, SmallVector<StringRef>(spellings.begin(), spellings.end()));
  }
  if (isOwn)
    nearest.clear(); // it may be the same
  std::string remedy = nearest.empty() ? "" : "did you mean " + nearest + "?";
  if (kind == ObjectKind::Layer)
    remedy += std::string(remedy.empty() ? "" : " Else ") +
              "give a plug-in that defines it by --plugin (docs/AddALayer.md)";
  else if (kind == ObjectKind::Function)
    remedy += std::string(remedy.empty() ? "" : " Else ") +
              "write it with functions that dlc knows "
              "(docs/guide/NotImported.md), or make its result an input";
  else if (remedy.empty())
    remedy = "it knows " + llvm::join(known, ", ");
  return fail(thing,
              "is of class " + (isOwn ? saved.registeredName : saved.name) +
                  (isOwn     ? ", which is not Keras' own"
                   : isKeras ? ""
                             : " of the module " + saved.module),
              std::string("dlc knows no such ") + describe(kind), remedy);
}

Expected<OperationName> importer::findClass(MLIRContext *context,
                                            ObjectKind kind,
                                            const SavedClass &saved,
                                            const std::string &thing) {
  SmallVector<std::string> known;
  std::optional<OperationName> found;
  for (RegisteredOperationName op : context->getRegisteredOperations()) {
    if (getKind(op) != kind)
      continue;
    known.push_back(getClassName(op).str());
    if (!matchesName(kind, saved.name, known.back()) ||
        !matchesOrigin(saved, op))
      continue;
    // Where a name could mean both, it means Keras' class.
    if (!found || isOfKeras(op))
      found = op;
  }
  if (found)
    return *found;
  return failUnknown(kind, saved, known, thing);
}

Expected<OperationName> importer::findClass(MLIRContext *context,
                                            ObjectKind kind,
                                            const std::string &className,
                                            const std::string &thing) {
  return findClass(context, kind, SavedClass{className, "", ""}, thing);
}

Expected<void> importer::checkClasses(MLIRContext *context,
                                      const std::string &thing) {
  llvm::StringMap<StringRef> seen;
  for (RegisteredOperationName op : context->getRegisteredOperations()) {
    std::optional<ObjectKind> kind = getKind(op);
    if (!kind)
      continue;
    std::string name = getRegisteredName(op);
    auto [first, isNew] = seen.try_emplace(
        std::string(describe(*kind)) + " " + name, op.getStringRef());
    if (!isNew)
      return fail(thing,
                  "makes " + op.getStringRef().str() + " and " +
                      first->second.str() + " stand for the " +
                      first->first().str(),
                  "a class has one op",
                  "leave one out, or give it the Keras package that its class "
                  "is registered in");
  }
  return {};
}

Json importer::makeClassObject(OperationName op, Json config) {
  if (isOfKeras(op))
    return makeObject(getModule(op), getClassName(op), std::move(config));
  Json object = makeObject("", getClassName(op), std::move(config));
  object["module"] = nullptr;
  object["registered_name"] = getRegisteredName(op);
  return object;
}
