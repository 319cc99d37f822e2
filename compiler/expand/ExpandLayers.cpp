// Expands layers in program order: each one's operands are prim values by then.
#include "compiler/Passes.h"
#include "compiler/expand/Autocast.h"
#include "compiler/expand/CheckLayer.h"
#include "compiler/expand/FunctionBuilder.h"
#include "compiler/expand/Masks.h"
#include "dialects/layer/WeightPaths.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Constraint.h"
#include "dialects/layer/layers/Numbers.h"
#include "dialects/layer/layers/Regularizer.h"
#include "dialects/layer/layers/Scalars.h"
#include "mlir/IR/IRMapping.h"

namespace dlc {
#define GEN_PASS_DEF_EXPANDLAYERS
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;
using namespace dlc::expand;

namespace {

/// A model being expanded: the main one, or one that a layer.call inlines.
struct Frame {
  layer::ModelOp model;
  /// "encoder/" before the names of its layers, "layers/functional/" before
  /// their groups in the weights file.
  std::string names, groups;
  /// Where the file has its groups once more; empty if it has not.
  std::string copies;
  bool trainable;
  bool training;
};

/// What one call of a layer may ask for.
class CallContext : public layer::ExpandContext {
public:
  CallContext(FunctionBuilder &function, layer::LayerOpInterface layer,
              std::string name, std::string group, StringRef copy,
              bool trainable, bool training, SmallVector<Value> masks)
      : function(function), autocast(layer), name(std::move(name)),
        trainable(trainable), training(training), masks(std::move(masks)) {
    SmallVector<layer::WeightSpec> specs = layer.weights();
    for (auto [spec, dataset] :
         llvm::zip_equal(specs, layer::listDatasets(specs))) {
      StatePlace place{
          this->name + "/" + spec.name.str(), group + "/" + dataset,
          trainable && spec.trainable,
          layer->getAttr(layer::getConstraintKey(layer, spec.name))};
      weights[spec.name] = place.name;
      values[spec.name] = function.state(place, spec.type);
      if (!copy.empty())
        function.addCopy(place.name, (copy + "/" + dataset).str());
    }
  }

  Value input(StringRef inputName, RankedTensorType type) override {
    return function.input(inputName, type);
  }
  Value weight(StringRef weight) override {
    return autocast.castWeight(function.b, values.at(weight));
  }
  Value mask(unsigned operand) override { return masks[operand]; }
  bool isTraining() override { return training; }
  bool isTrainable() override { return trainable; }
  void update(StringRef weight, Value value) override {
    function.update(weights.at(weight), value);
  }
  void addLoss(Value loss) override { function.addLoss(name, loss); }
  Value randomUniform(RankedTensorType type) override {
    return function.randomUniform(type);
  }

private:
  FunctionBuilder &function;
  Autocast autocast;
  std::string name;
  bool trainable, training;
  SmallVector<Value> masks; // of the operands
  llvm::StringMap<std::string> weights;
  llvm::StringMap<Value> values;
};

/// Builds one of the two functions.
class Expander {
public:
  Expander(FunctionBuilder &function) : function(function), b(function.b) {}

  FailureOr<SmallVector<Value>> expandMain(layer::ModelOp model, bool training);

  /// Of the outputs of the model that was expanded last; null where an output
  /// has none.
  SmallVector<Value> outputMasks;

private:
  FailureOr<SmallVector<Value>> expandModel(const Frame &frame,
                                            ValueRange inputs);
  LogicalResult expandLayer(const Frame &frame, layer::LayerOpInterface layer,
                            StringRef group, const Masks &masks,
                            IRMapping &values);
  std::optional<layer::WeightPlace> findOwner(const Frame &frame,
                                              StringRef name);
  SmallVector<Value> expandCopy(layer::LayerOpInterface layer,
                                CallContext &context, const IRMapping &values);
  LogicalResult expandCall(const Frame &frame, layer::CallOp call,
                           StringRef group, IRMapping &values);
  LogicalResult addRegularizers(layer::LayerOpInterface layer,
                                const std::string &name, Value result,
                                bool countWeights);

  FunctionBuilder &function;
  ImplicitLocOpBuilder &b;
  layer::ModelOp main;
};

} // namespace

/// The user's layer as a location: every later error and kernel names it.
static Location nameLayer(Operation *op, StringRef kerasClass,
                          const Twine &name) {
  auto text = StringAttr::get(op->getContext(), kerasClass + " " + name);
  return NameLoc::get(text, op->getLoc());
}

/// A boolean key of the call, or what holds without it.
static bool readFlag(Operation *op, StringRef key, bool otherwise) {
  auto flag = op->getAttrOfType<BoolAttr>(key);
  return flag ? flag.getValue() : otherwise;
}

/// Every layer of Keras takes one; not every op declares it.
static Attribute findActivityRegularizer(Operation *op) {
  if (Attribute declared = op->getAttr("activity_regularizer"))
    return declared;
  auto aside = op->getAttrOfType<DictionaryAttr>("keras");
  return aside ? aside.get("activity_regularizer") : Attribute();
}

/// Keras adds up the regularisers of weights that the optimizer may change, and
/// those of outputs, divided by the size of the batch, once a call.
LogicalResult Expander::addRegularizers(layer::LayerOpInterface layer,
                                        const std::string &name, Value result,
                                        bool countWeights) {
  std::string thing =
      (layer->getName().getStringRef() + " \"" + layer.getName() + "\"").str();
  for (const layer::WeightSpec &spec : layer.weights()) {
    if (!countWeights || !spec.trainable)
      continue;
    std::string path = name + "/" + spec.name.str();
    Value weight = function.state({path, "", true}, spec.type);
    FailureOr<Value> loss =
        layer::buildRegularizer(b, thing, spec.regularizer, weight);
    if (failed(loss))
      return failure();
    if (*loss)
      function.addLoss(path, *loss);
  }
  Attribute regularizer = findActivityRegularizer(layer);
  if (layer::isNull(regularizer))
    return success();
  if (!isa<FloatType>(getElementTypeOrSelf(result.getType())))
    return layer->emitError()
           << thing << ": activity_regularizer is " << regularizer
           << " but the layer gives whole numbers, for which Keras makes its "
              "factors whole too; put it on a layer that gives floats";
  FailureOr<Value> loss =
      layer::buildRegularizer(b, thing, regularizer, widen(b, result));
  if (failed(loss))
    return failure();
  if (*loss)
    function.addLoss(
        name + "/activity",
        layer::Formula(b).div(*loss, prim::BatchSizeOp::create(b)));
  return success();
}

/// A copy of the op on prim operands states what the layer means, and goes. It
/// computes in f32; its policy is about what comes in and what goes out.
SmallVector<Value> Expander::expandCopy(layer::LayerOpInterface layer,
                                        CallContext &context,
                                        const IRMapping &values) {
  Autocast autocast(layer);
  IRMapping wide;
  for (Value operand : layer->getOperands())
    wide.map(operand, autocast.castOperand(b, values.lookup(operand)));
  auto copy = cast<layer::LayerOpInterface>(b.clone(*layer, wide));
  for (OpResult result : copy->getResults())
    if (auto type = cast<RankedTensorType>(result.getType());
        isa<FloatType>(type.getElementType()))
      result.setType(type.clone(b.getF32Type()));
  SmallVector<Value> results = copy.expandAll(b, context);
  results = autocast.narrowCalls(*b.getInsertionBlock(), copy, results);
  copy.erase();
  for (auto [result, type] : llvm::zip(results, layer->getResultTypes()))
    if (Type element = getElementTypeOrSelf(type);
        isa<FloatType>(element) &&
        isa<FloatType>(getElementTypeOrSelf(result.getType())))
      result = layer::convertTo(b, result, element);
  return results;
}

LogicalResult Expander::expandLayer(const Frame &frame,
                                    layer::LayerOpInterface layer,
                                    StringRef group, const Masks &masks,
                                    IRMapping &values) {
  if (failed(checkLayer(layer)))
    return failure();
  std::string name = frame.names + layer.getName().str();
  std::string place = frame.groups + group.str(), copy = frame.copies;
  if (!copy.empty())
    copy += group;
  if (auto owner = findOwner(frame, layer.getName())) {
    copy = std::exchange(place, owner->group);
    name = owner->name;
  }
  b.setLoc(nameLayer(layer, layer.getKerasClass(), name));
  bool trainable = frame.trainable && readFlag(layer, "trainable", true);
  bool training = readFlag(layer, "training", frame.training);
  auto specs = layer.weights();
  for (const layer::WeightSpec &spec : specs)
    if (Type known = function.findType(name + "/" + spec.name.str());
        known && known != spec.type)
      return layer->emitError()
             << layer->getName() << " \"" << layer.getName() << "\": needs a "
             << spec.name << " of " << spec.type << " but has that of \""
             << name << "\", which is " << known
             << "; give it weights of its own";
  bool isFirstCall = specs.empty() ||
                     !function.hasState(name + "/" + specs.front().name.str());

  CallContext context(function, layer, name, place, copy, trainable, training,
                      llvm::map_to_vector(layer->getOperands(), [&](Value x) {
                        return masks.find(x);
                      }));
  SmallVector<Value> results = expandCopy(layer, context, values);
  TypeRange wanted = layer->getResultTypes();
  if (!llvm::equal(ValueRange(results).getTypes(), wanted))
    return layer->emitError()
           << layer->getName() << " \"" << layer.getName() << "\": expands to "
           << ValueRange(results).getTypes() << " but its type is " << wanted
           << "; correct its expand() or its inferResult()";
  values.map(layer->getResults(), results);
  return addRegularizers(layer, name, results.front(),
                         trainable && isFirstCall);
}

/// The layer whose weights a layer has that stands in several models.
std::optional<layer::WeightPlace> Expander::findOwner(const Frame &frame,
                                                      StringRef name) {
  layer::LayerPath path = layer::findOwner(frame.model, name);
  if (path.empty())
    return std::nullopt;
  return layer::placeWeights(main, path);
}

/// The called model is expanded in place.
LogicalResult Expander::expandCall(const Frame &frame, layer::CallOp call,
                                   StringRef group, IRMapping &values) {
  if (failed(checkLayer(call)))
    return failure();
  auto model = SymbolTable::lookupNearestSymbolFrom<layer::ModelOp>(
      frame.model->getParentOp(), call.getModelAttr());
  layer::WeightPlace place{frame.names + call.getName().str(),
                           frame.groups + group.str()};
  std::string copies =
      frame.copies.empty() ? "" : frame.copies + group.str() + "/";
  if (auto owner = findOwner(frame, call.getName())) {
    copies = place.group + "/";
    place = *owner;
  }
  Frame inner{model,
              place.name + "/",
              place.group + "/",
              copies,
              frame.trainable && call.getTrainable() && model.getTrainable(),
              readFlag(call, "training", frame.training)};
  SmallVector<Value> inputs = llvm::map_to_vector(
      call.getXs(), [&](Value x) { return values.lookup(x); });
  FailureOr<SmallVector<Value>> outputs = expandModel(inner, inputs);
  if (failed(outputs))
    return failure();
  values.map(call.getResults(), *outputs);
  return success();
}

FailureOr<SmallVector<Value>> Expander::expandModel(const Frame &frame,
                                                    ValueRange inputs) {
  layer::ModelOp model = frame.model;
  llvm::StringMap<std::string> groups = layer::getWeightPaths(model);
  IRMapping values;
  Masks masks(b);
  size_t nextInput = 0;
  for (Operation &op : model.getBody().front()) {
    if (auto input = dyn_cast<layer::InputOp>(op); input && !inputs.empty()) {
      // Keras gives an input the type that the called model says.
      values.map(
          input.getResult(),
          layer::convertTo(b, inputs[nextInput++],
                           getElementTypeOrSelf(input.getResult().getType())));
    } else if (auto layer = dyn_cast<layer::LayerOpInterface>(op)) {
      if (failed(expandLayer(frame, layer, groups[layer.getName()], masks,
                             values)))
        return failure();
    } else if (auto call = dyn_cast<layer::CallOp>(op)) {
      if (failed(expandCall(frame, call, groups[call.getName()], values)))
        return failure();
    } else if (auto constant = dyn_cast<layer::ConstantOp>(op)) {
      // Its type says that it holds numbers.
      values.map(
          constant.getResult(),
          function.constant(constant.getType(),
                            layer::readNumbers(constant.getValue())->values));
    } else if (auto output = dyn_cast<layer::OutputOp>(op)) {
      if (failed(masks.follow(output, values)))
        return failure();
      outputMasks = llvm::map_to_vector(
          output.getValues(), [&](Value value) { return masks.find(value); });
      return llvm::map_to_vector(output.getValues(), [&](Value value) {
        return values.lookup(value);
      });
    } else {
      return op.emitError() << op.getName()
                            << ": stands in a model but is no layer; remove it";
    }
    if (failed(masks.follow(&op, values)))
      return failure();
  }
  return failure(); // a verified model ends in an output
}

FailureOr<SmallVector<Value>> Expander::expandMain(layer::ModelOp model,
                                                   bool training) {
  main = model;
  auto outputs =
      expandModel({model, "", "", "", model.getTrainable(), training}, {});
  // Losses, metrics and the user get f32.
  if (succeeded(outputs))
    for (Value &output : *outputs)
      output = widen(b, output);
  return outputs;
}

/// Losses and metrics may leave out the name of a model's one output.
static LogicalResult nameOutputs(layer::CompileOp compile,
                                 ArrayRef<std::string> outputs) {
  for (Operation &op : compile.getBody().front()) {
    if (!isa<layer::LossOpInterface, layer::MetricOpInterface>(op))
      continue;
    auto output = op.getAttrOfType<StringAttr>("output");
    if (output && !output.getValue().empty())
      continue;
    if (outputs.size() != 1)
      return op.emitError()
             << op.getName() << ": names no output but the model has "
             << outputs.size() << ": " << llvm::join(outputs, ", ")
             << "; set output";
    op.setAttr("output", StringAttr::get(op.getContext(), outputs.front()));
  }
  return success();
}

namespace {

struct ExpandLayersPass : dlc::impl::ExpandLayersBase<ExpandLayersPass> {
  void runOnOperation() override {
    if (failed(expand()))
      signalPassFailure();
  }

  /// layer.model @m { layers; layer.output %y }  becomes
  /// func.func @predict and @forward (inputs and weights) { prims; return %y }
  LogicalResult expand() {
    ModuleOp module = getOperation();
    FailureOr<layer::ModelOp> model = layer::findMainModel(module);
    if (failed(model))
      return failure();
    auto output =
        cast<layer::OutputOp>(model->getBody().front().getTerminator());
    SmallVector<std::string> names = layer::getOutputNames(output);
    for (auto compile : module.getOps<layer::CompileOp>())
      if (failed(nameOutputs(compile, names)))
        return failure();

    SmallVector<OwningOpRef<func::FuncOp>> functions;
    for (bool training : {false, true}) {
      FunctionBuilder function(model->getLoc(),
                               training ? "forward" : "predict");
      functions.push_back(function.func);
      Expander expander(function);
      auto outputs = expander.expandMain(*model, training);
      if (failed(outputs))
        return failure();
      function.finish(names, *outputs, expander.outputMasks, training);
    }
    for (auto each :
         llvm::make_early_inc_range(module.getOps<layer::ModelOp>()))
      each.erase();
    for (auto [i, function] : llvm::enumerate(functions))
      module.getBody()->getOperations().insert(
          std::next(module.getBody()->begin(), i), function.release());
    return success();
  }
};

} // namespace
