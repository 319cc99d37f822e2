// CompileOptions::dtypePolicy: what keras.config.set_dtype_policy would do.
#include "compiler/import/DtypePolicy.h"
#include "compiler/import/Diagnostics.h"
#include "compiler/import/training/CompileOps.h"
#include "dialects/layer/Layer.h"

#include <cstring>

using namespace mlir;
using namespace dlc;
using namespace dlc::importer;

/// Models take the policy too: Keras asks them whether to scale the loss.
static void setPolicies(layer::ModelOp model, StringAttr policy) {
  NamedAttrList aside(model.getKerasAttr());
  if (layer::getPolicyName(aside.get("dtype")) == "float32") {
    aside.set("dtype", policy);
    model.setKerasAttr(aside.getDictionary(model.getContext()));
  }
  for (auto op : model.getBody().getOps<layer::LayerOpInterface>())
    if (!layer::isFunction(op->getName()) &&
        !isa<layer::InputOp>(op.getOperation()) &&
        layer::isNull(op->getAttr("dtype")))
      op->setAttr("dtype", policy);
}

namespace {

/// Infers the types of a model's tensors again, in the order of its ops; those
/// of a called model first.
class TypeInference {
public:
  explicit TypeInference(ModuleOp module) : module(module) {}

  LogicalResult run(layer::ModelOp model) {
    if (!done.insert(model).second)
      return success();
    for (Operation &op : model.getBody().front())
      if (failed(infer(&op)))
        return failure();
    return success();
  }

private:
  LogicalResult infer(Operation *op) {
    SmallVector<Type> types;
    if (auto call = dyn_cast<layer::CallOp>(op)) {
      auto called = SymbolTable::lookupNearestSymbolFrom<layer::ModelOp>(
          module, call.getModelAttr());
      if (failed(run(called)))
        return failure();
      llvm::append_range(
          types, called.getBody().front().getTerminator()->getOperandTypes());
    } else if (auto inferable = dyn_cast<InferTypeOpInterface>(op)) {
      if (failed(inferable.inferReturnTypes(
              op->getContext(), op->getLoc(), op->getOperands(),
              op->getAttrDictionary(), op->getPropertiesStorage(),
              op->getRegions(), types)))
        return failure();
    } else {
      return success();
    }
    for (auto [result, type] : llvm::zip_equal(op->getResults(), types))
      result.setType(type);
    return success();
  }

  ModuleOp module;
  DenseSet<Operation *> done;
};

} // namespace

Expected<void> importer::setDtypePolicy(ModuleOp module,
                                        const std::string &policy,
                                        const std::string &file) {
  MLIRContext *context = module.getContext();
  if (!layer::getComputeType(context, policy))
    return fail("the dtype policy", "is \"" + policy + "\"",
                "weights are float32 in dlc",
                "choose mixed_bfloat16, mixed_float16 or float32");
  DiagnosticCatcher catcher(context);
  auto models = llvm::to_vector(module.getOps<layer::ModelOp>());
  for (layer::ModelOp model : models)
    setPolicies(model, StringAttr::get(context, policy));
  TypeInference inference(module);
  for (layer::ModelOp model : models)
    if (failed(inference.run(model)))
      return catcher.error(file);
  return {};
}

Expected<void> importer::applyDtypePolicy(Model &model,
                                          const std::string &policy,
                                          const std::string &file) {
  if (policy.empty())
    return {};
  ModuleOp module = *model.module;
  if (auto done = setDtypePolicy(module, policy, file); !done)
    return done;
  DiagnosticCatcher catcher(module.getContext());
  FailureOr<layer::ModelOp> main = layer::findMainModel(module);
  if (failed(main))
    return catcher.error(file);
  if (layer::CompileOp compile = findCompile(module))
    addLossScale(*main, compile);
  Expected<std::string> config = exportConfig(module, file);
  if (!config)
    return Unexpected(config.error());
  model.configJson = std::move(*config);
  return {};
}

/// Before its first step Keras' wrapper has no scale yet, and its file the
/// inner optimizer's variables in the places of counter and scale.
static void dropUnmadeScale(keras::WeightMap &weights) {
  auto scale = weights.find("optimizer/vars/3");
  auto rate = weights.find("optimizer/inner_optimizer/vars/1");
  if (scale == weights.end() || rate == weights.end() ||
      weights.contains("optimizer/vars/4") ||
      scale->second.bytes() != rate->second.bytes() ||
      std::memcmp(scale->second.data(), rate->second.data(),
                  rate->second.bytes()) != 0)
    return;
  weights.erase("optimizer/vars/2");
  weights.erase("optimizer/vars/3");
}

Expected<void> importer::restoreLossScale(Model &model,
                                          const std::string &file) {
  dropUnmadeScale(model.weights);
  layer::CompileOp compile = findCompile(*model.module);
  auto isWrapped = [](const auto &weight) {
    return StringRef(weight.first).starts_with("optimizer/inner_optimizer/");
  };
  if (!compile || llvm::none_of(model.weights, isWrapped))
    return {};
  addLossScale(compile);
  Expected<std::string> config = exportConfig(*model.module, file);
  if (!config)
    return Unexpected(config.error());
  model.configJson = std::move(*config);
  return {};
}
