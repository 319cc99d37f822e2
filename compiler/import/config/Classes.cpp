// The table of classes is the list of ops that ODS generated.
#include "compiler/import/config/Classes.h"
#include "dialects/layer/Layer.h"

#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::importer;

static std::optional<ObjectKind> getKind(RegisteredOperationName op) {
  if (op.hasInterface<layer::LossOpInterface>())
    return ObjectKind::Loss;
  if (op.hasInterface<layer::MetricOpInterface>())
    return ObjectKind::Metric;
  if (op.hasInterface<layer::OptimizerOpInterface>())
    return ObjectKind::Optimizer;
  if (!op.hasInterface<layer::LayerOpInterface>())
    return std::nullopt;
  return getModuleName(op).find(".ops") == std::string::npos
             ? ObjectKind::Layer
             : ObjectKind::Function;
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
  }
  return "class";
}

/// Keras' short names (losses/__init__.py, metrics/__init__.py).
static StringRef expandShortName(StringRef name) {
  return llvm::StringSwitch<StringRef>(name)
      .CaseLower("mse", "mean_squared_error")
      .CaseLower("bce", "binary_crossentropy")
      .CaseLower("mae", "mean_absolute_error")
      .CaseLower("acc", "accuracy")
      .Default(name);
}

/// Layers go by their class; the rest also by any spelling of it, as in Keras.
static bool matches(ObjectKind kind, const std::string &asked,
                    const std::string &className) {
  if (asked == className)
    return true;
  if (kind == ObjectKind::Layer || kind == ObjectKind::Function)
    return false;
  if (kind == ObjectKind::Optimizer)
    return StringRef(asked).equals_insensitive(className);
  return expandShortName(asked) == layer::toSnakeCase(className);
}

std::string importer::getClassName(OperationName op) {
  return op.getInterface<layer::KerasOpInterface>()->getKerasClass().str();
}

std::string importer::getModuleName(OperationName op) {
  return op.getInterface<layer::KerasOpInterface>()->getKerasModule().str();
}

Expected<OperationName> importer::findClass(MLIRContext *context,
                                            ObjectKind kind,
                                            const std::string &className,
                                            const std::string &thing) {
  SmallVector<std::string> known, spellings;
  for (RegisteredOperationName op :
       context->getRegisteredOperationsByDialect("layer")) {
    if (getKind(op) != kind)
      continue;
    std::string candidate = getClassName(op);
    if (matches(kind, className, candidate))
      return OperationName(op);
    spellings.push_back(layer::toSnakeCase(candidate));
    known.push_back(std::move(candidate));
  }
  if (kind == ObjectKind::Optimizer &&
      StringRef(className).equals_insensitive("cudnn"))
    return fail(thing, "is cudnn", "that is a library of kernels",
                "choose an optimizer such as adam, and the GPU by --target "
                "cuda");
  std::string nearest = layer::suggestNames(
      className, SmallVector<StringRef>(known.begin(), known.end()));
  if (nearest.empty())
    nearest = layer::suggestNames(
        className, SmallVector<StringRef>(spellings.begin(), spellings.end()));
  return fail(thing, "is of class " + className,
              std::string("dlc knows no such ") + describe(kind),
              nearest.empty() ? "it knows " + llvm::join(known, ", ")
                              : "did you mean " + nearest + "?");
}
