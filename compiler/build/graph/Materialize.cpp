// Clones what a model's outputs need, in Keras' order, and finds its weights.
#include "compiler/build/graph/Materialize.h"
#include "compiler/build/graph/KerasOrder.h"
#include "compiler/expand/Initialize.h"
#include "compiler/import/DataNotes.h"
#include "compiler/import/Diagnostics.h"
#include "compiler/import/training/CompileOps.h"
#include "dialects/layer/WeightPaths.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::build;

namespace {

/// Makes one module of one model.
class Maker {
public:
  explicit Maker(const ModelState &state)
      : state(state), b(state.graph->getContext()) {}

  Expected<Source> run();

private:
  void cloneNested(ArrayRef<Operation *> ops);
  void addNested(layer::ModelOp model);
  void cloneOps(ArrayRef<Operation *> ops);
  void setLayerOrder(const KerasOrder &order);
  void setAside();
  Expected<void> setCompile(Source &source);
  void setMetadata(Source &source) const;
  Expected<void> checkInputs(const KerasOrder &order) const;

  const ModelState &state;
  OpBuilder b;
  OwningOpRef<ModuleOp> module;
  layer::ModelOp main;
  IRMapping mapping;
  llvm::DenseMap<layer::ModelOp, StringAttr> nested; // their new symbols
  llvm::StringMap<int64_t> madeCalls;
  Json calls = Json::object();
};

} // namespace

/// Every input that the outputs need must be one of the model's.
Expected<void> Maker::checkInputs(const KerasOrder &order) const {
  for (Operation *op : order.ops)
    if (isa<layer::InputOp>(op) &&
        !llvm::is_contained(state.inputs, op->getResult(0)))
      return fail("model \"" + state.name + "\"",
                  "needs the input \"" + getLayerName(op).str() + "\"",
                  "it is not among the model's inputs", "add it to them");
  return {};
}

/// Models that calls name, in front of those that call them; a symbol that is
/// taken gets a number, since the name of the layer is in the call.
void Maker::addNested(layer::ModelOp model) {
  if (nested.contains(model))
    return;
  for (auto call : model.getBody().getOps<layer::CallOp>())
    addNested(findNested(call));
  auto copy = cast<layer::ModelOp>(model->clone());
  for (auto call : copy.getBody().getOps<layer::CallOp>()) {
    auto original = SymbolTable::lookupNearestSymbolFrom<layer::ModelOp>(
        model->getParentOp(), call.getModelAttr());
    call.setModelAttr(FlatSymbolRefAttr::get(nested.lookup(original)));
  }
  SymbolTable symbols(*module);
  StringAttr symbol = symbols.insert(copy, main->getIterator());
  nested[model] = symbol;
}

void Maker::cloneNested(ArrayRef<Operation *> ops) {
  for (Operation *op : ops)
    if (auto call = dyn_cast<layer::CallOp>(op))
      addNested(findNested(call));
}

void Maker::cloneOps(ArrayRef<Operation *> ops) {
  llvm::StringMap<int64_t> counts;
  llvm::DenseMap<Operation *, std::string> oldKeys;
  for (Operation &op : state.graph->block()) {
    StringRef name = getLayerName(&op);
    oldKeys[&op] = (name + "/" + Twine(counts[name]++)).str();
  }
  auto unusual = state.aside.find("calls");
  for (Operation *op : ops) {
    for (Value operand : op->getOperands())
      if (auto constant = operand.getDefiningOp<layer::ConstantOp>())
        b.clone(*constant, mapping);
    Operation *copy = b.clone(*op, mapping);
    StringRef name = getLayerName(op);
    std::string key = (name + "/" + Twine(madeCalls[name]++)).str();
    if (unusual != state.aside.end())
      if (auto found = unusual->find(oldKeys[op]); found != unusual->end())
        calls[key] = *found;
    if (auto call = dyn_cast<layer::CallOp>(op)) {
      layer::ModelOp inner = findNested(call);
      cast<layer::CallOp>(copy).setModelAttr(
          FlatSymbolRefAttr::get(nested.lookup(inner)));
    }
  }
}

/// The attribute `layers`, where inputs had to be moved to the front.
void Maker::setLayerOrder(const KerasOrder &order) {
  llvm::SetVector<StringRef> made;
  for (Operation &op : main.getBody().front())
    if (isLayer(&op))
      made.insert(getLayerName(&op));
  if (made.getArrayRef() != ArrayRef(order.layers))
    main.setLayersAttr(b.getStrArrayAttr(order.layers));
}

void Maker::setAside() {
  Json aside = state.aside;
  aside.erase("calls");
  if (!calls.empty())
    aside["calls"] = calls;
  if (!aside.empty())
    main.setKerasAttr(
        cast<DictionaryAttr>(attributes::toAttribute(b.getContext(), aside)));
}

/// What the model was compiled with may be about outputs that it has no longer.
Expected<void> Maker::setCompile(Source &source) {
  if (state.compile.is_null())
    return {};
  auto done = importer::importCompile(*module, main, state.compile);
  if (done)
    return {};
  if (layer::CompileOp partial = importer::findCompile(*module))
    partial.erase();
  source.notes.push_back("what the model was compiled with is dropped: " +
                         done.error().message());
  return {};
}

/// Names of classes are about outputs, too: a new head may have others.
void Maker::setMetadata(Source &source) const {
  source.metadata = state.metadata;
  Json notes = importer::findDataNotes(state.metadata);
  auto names = notes.find("class_names");
  if (names == notes.end() || state.outputs.size() != 1)
    return;
  auto type = cast<RankedTensorType>(state.outputs[0].getType());
  int64_t places = type.getRank() > 1 ? type.getShape().back() : 1;
  auto count = int64_t(names->size());
  // One number tells two classes apart.
  if (places == count || (places == 1 && count <= 2))
    return;
  notes.erase("class_names");
  source.metadata = importer::withDataNotes(state.metadata, notes);
  source.notes.push_back("the names of " + std::to_string(count) +
                         " classes are dropped: the model now has " +
                         std::to_string(places) +
                         (places == 1 ? " output" : " outputs"));
}

Expected<Source> Maker::run() {
  KerasOrder order = sortAsKeras(state.inputs, state.outputs);
  if (auto checked = checkInputs(order); !checked)
    return dlc::Unexpected(checked.error());

  module = ModuleOp::create(b.getUnknownLoc());
  b.setInsertionPointToEnd(module->getBody());
  main = layer::ModelOp::create(
      b, NameLoc::get(b.getStringAttr(state.name)), state.name,
      state.sequential ? "Sequential" : "Functional", state.trainable,
      /*layers=*/nullptr, /*keras=*/nullptr);
  cloneNested(order.ops);
  b.setInsertionPointToEnd(&main.getBody().emplaceBlock());
  // A model takes its inputs in the order of their ops.
  SmallVector<Operation *> ops;
  for (Value input : state.inputs)
    ops.push_back(input.getDefiningOp());
  for (Operation *op : order.ops)
    if (!isa<layer::InputOp>(op))
      ops.push_back(op);
  cloneOps(ops);
  SmallVector<Value> outputs;
  for (Value output : state.outputs)
    outputs.push_back(mapping.lookup(output));
  layer::OutputOp::create(b, main.getLoc(), outputs, state.outputNames,
                          state.outputStructure);
  setLayerOrder(order);
  setAside();

  Source source;
  if (auto done = setCompile(source); !done)
    return dlc::Unexpected(done.error());
  importer::DiagnosticCatcher catcher(b.getContext());
  if (failed(verify(*module)))
    return catcher.error("model \"" + state.name + "\"");
  source.main = main;
  setMetadata(source);
  source.module = std::move(module);
  return std::move(source);
}

Expected<Source> build::makeModule(const ModelState &model) {
  if (model.error)
    return dlc::Unexpected(*model.error);
  return Maker(model).run();
}

//===-- Weights -----------------------------------------------------------===//

/// Adds the weights of `model` that train, named with `prefix` in front.
static void listTrainable(layer::ModelOp model, const std::string &prefix,
                          std::vector<std::string> &names) {
  if (!model.getTrainable())
    return;
  llvm::StringMap<Operation *> firstCalls;
  for (Operation &op : model.getBody().front())
    firstCalls.try_emplace(getLayerName(&op), &op);
  for (StringRef name : layer::getLayerOrder(model)) {
    Operation *op = firstCalls.lookup(name);
    auto flag = op->getAttrOfType<BoolAttr>("trainable");
    if (flag && !flag.getValue())
      continue;
    std::string path = prefix + name.str() + "/";
    if (auto call = dyn_cast<layer::CallOp>(op)) {
      listTrainable(findNested(call), path, names);
      continue;
    }
    for (const layer::WeightSpec &weight :
         cast<layer::LayerOpInterface>(op).weights())
      if (weight.trainable)
        names.push_back(path + weight.name.str() +
                        formatShape(Shape(weight.type.getShape().begin(),
                                          weight.type.getShape().end())));
  }
}

std::vector<std::string> build::listTrainable(layer::ModelOp main) {
  std::vector<std::string> names;
  ::listTrainable(main, "", names);
  return names;
}

Expected<Source> build::materialize(const ModelState &model, uint64_t seed) {
  Expected<Source> source = makeModule(model);
  if (!source)
    return source;
  for (const auto &[name, initial] :
       expand::collectInitialWeights(*source->module)) {
    auto kept = model.graph->weights.find(name);
    if (kept != model.graph->weights.end()) {
      if (kept->second.shape() != initial.shape)
        return fail("weight \"" + name + "\"",
                    "has shape " + formatShape(kept->second.shape()),
                    "the model needs " + formatShape(initial.shape),
                    "give the new layer a name of its own");
      source->weights[initial.h5Path] = kept->second;
      continue;
    }
    Expected<Tensor> value = expand::initializeWeight(name, initial, seed);
    if (!value)
      return dlc::Unexpected(value.error());
    source->weights[initial.h5Path] = std::move(*value);
  }
  if (model.optimizer.empty())
    return source;
  if (!model.recompiled && listTrainable(source->main) == model.optimized &&
      importer::findCompile(*source->module))
    source->weights.insert(model.optimizer.begin(), model.optimizer.end());
  else
    source->notes.push_back("the optimizer's state is dropped: it belongs to "
                            "other weights, or to another optimizer");
  return source;
}

//===-- Graphs of one model -----------------------------------------------===//

std::shared_ptr<ModelState> build::adopt(std::shared_ptr<MLIRContext> context,
                                         OwningOpRef<ModuleOp> module,
                                         layer::ModelOp main,
                                         keras::WeightMap weights) {
  auto state = std::make_shared<ModelState>();
  state->name = main.getSymName().str();
  state->sequential = main.getKind() == "Sequential";
  state->trainable = main.getTrainable();
  state->compile = importer::exportCompile(*module);
  if (layer::CompileOp compile = importer::findCompile(*module))
    compile.erase();
  if (auto keras = main.getKeras())
    state->aside = attributes::toJson(*keras);
  state->optimized = listTrainable(main);

  auto output = cast<layer::OutputOp>(main.getBody().front().getTerminator());
  state->outputs = llvm::to_vector(output.getValues());
  state->outputNames = output.getNamesAttr();
  state->outputStructure = output.getStructureAttr();
  output.erase();
  for (auto input : main.getBody().getOps<layer::InputOp>())
    state->inputs.push_back(input.getResult());

  state->graph = std::make_shared<GraphState>(std::move(context));
  state->graph->module = std::move(module);
  state->graph->body = main;
  state->graph->weights = std::move(weights);
  return state;
}

Expected<std::shared_ptr<ModelState>> build::isolate(const ModelState &model) {
  Expected<Source> source = makeModule(model);
  if (!source)
    return dlc::Unexpected(source.error());
  keras::WeightMap weights;
  for (const auto &[name, initial] :
       expand::collectInitialWeights(*source->module))
    if (auto kept = model.graph->weights.find(name);
        kept != model.graph->weights.end())
      weights.insert(*kept);
  auto state = adopt(model.graph->context, std::move(source->module),
                     source->main, std::move(weights));
  state->compile = model.compile;
  state->metadata = model.metadata;
  state->optimizer = model.optimizer;
  state->optimized = model.optimized;
  state->recompiled = model.recompiled;
  return state;
}
