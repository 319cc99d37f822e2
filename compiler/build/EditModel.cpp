// What changes a model's graph: cutting, appending, nesting, other input sizes.
#include "compiler/build/Model.h"
#include "compiler/build/graph/AddLayer.h"
#include "compiler/build/graph/InputShapes.h"
#include "compiler/build/graph/KerasOrder.h"
#include "compiler/build/graph/Materialize.h"
#include "compiler/import/Diagnostics.h"
#include "compiler/import/DtypePolicy.h"
#include "compiler/import/Import.h"
#include "compiler/import/config/Classes.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::build;

static Model makeFailedModel(Error error) {
  auto state = std::make_shared<ModelState>();
  state->error = std::move(error);
  return Model(std::move(state));
}

//===-- Cutting and appending ---------------------------------------------===//

/// The layer that `text` names, or gives the index of: "-2", "layers[-2]",
/// "model.layers[-2].output".
static LayerHandle selectLayer(const Model &model, const std::string &text) {
  StringRef index(text);
  if (!llvm::is_contained(model.layerNames(), text)) {
    index.consume_front("model.");
    index.consume_back(".output");
    if (index.consume_front("layers["))
      index.consume_back("]");
    int number;
    if (!index.trim().getAsInteger(10, number))
      return model.layer(number);
  }
  return model.layer(text);
}

Model Model::cut(const std::string &layer) const {
  LayerHandle end = selectLayer(*this, layer);
  if (const Error *error = end.output().error())
    return makeFailedModel(*error);
  mlir::Value output = end.output().state().value;
  if (output.getDefiningOp<layer::InputOp>())
    return makeFailedModel({"layer \"" + end.name() + "\"", "is an input",
                            "a model that ends there computes nothing",
                            "cut at a later layer"});
  ModelState view = *held;
  view.outputs = {output};
  view.outputNames = nullptr;
  view.outputStructure = nullptr;
  view.trainable = true;
  KerasOrder needed = sortAsKeras({}, view.outputs);
  llvm::erase_if(view.inputs, [&](mlir::Value input) {
    return !llvm::is_contained(needed.ops, input.getDefiningOp());
  });
  if (view.inputs.size() != held->inputs.size())
    view.aside.erase("inputs");
  auto state = isolate(view);
  return state ? Model(std::move(*state)) : makeFailedModel(state.error());
}

/// The layer of a call's text, on the state's only output.
static Expected<void> appendLayer(ModelState &state, const std::string &text) {
  if (state.outputs.size() != 1)
    return fail("model \"" + state.name + "\"",
                "has " + std::to_string(state.outputs.size()) + " outputs",
                "a layer is appended to one", "cut the model at a layer first");
  Expected<importer::CallText> call = importer::parseCall(text, "layer");
  if (!call)
    return dlc::Unexpected(call.error());
  auto known = importer::findClass(state.graph->getContext(),
                                   importer::ObjectKind::Layer, call->callee,
                                   "layer " + call->callee);
  if (!known)
    return dlc::Unexpected(known.error());
  if (takesList(call->callee))
    return fail("layer " + call->callee, "merges a list of tensors",
                "a layer that is appended reads one",
                "build such a model in C++ or in Keras");
  Expected<Json> config = makeConfig(*call);
  if (!config)
    return dlc::Unexpected(config.error());
  if (auto name = config->find("name");
      name != config->end() && name->is_string() &&
      !findCalls(state.graph->block(), name->get<std::string>()).empty())
    return fail("layer \"" + name->get<std::string>() + "\"",
                "has the name of another layer", "names of layers are unique",
                "choose another name");
  Expected<mlir::Value> value =
      addLayer(*state.graph, {call->callee, *config, {state.outputs[0]}});
  if (!value)
    return dlc::Unexpected(value.error());
  state.outputs = {*value};
  state.outputNames = nullptr;
  state.outputStructure = nullptr;
  state.trainable = true;
  return {};
}

Model Model::append(const std::string &layer) const {
  auto state = isolate(*held);
  if (!state)
    return makeFailedModel(state.error());
  if (auto done = appendLayer(**state, layer); !done)
    return makeFailedModel(done.error());
  return Model(std::move(*state));
}

Model Model::withInputShapes(const std::map<std::string, Shape> &shapes) const {
  auto state = isolate(*held);
  if (!state)
    return makeFailedModel(state.error());
  if (auto done = setInputShapes(**state, shapes); !done)
    return makeFailedModel(done.error());
  return Model(std::move(*state));
}

Model Model::withDtypePolicy(const std::string &policy) const {
  auto state = isolate(*held);
  if (!state)
    return makeFailedModel(state.error());
  ModelState &copy = **state;
  if (auto done = importer::setDtypePolicy(*copy.graph->module, policy,
                                           "model \"" + copy.name + "\"");
      !done)
    return makeFailedModel(done.error());
  Json &own = copy.aside["dtype"];
  if (own.is_null() || own == "float32")
    own = policy;
  return Model(std::move(*state));
}

//===-- Models as layers --------------------------------------------------===//

/// Moves the models of `module` into the graph, each under a new symbol where
/// its own is taken.
static void moveModels(ModuleOp module, GraphState &graph) {
  SymbolTable symbols(*graph.module);
  llvm::DenseMap<StringAttr, StringAttr> renamed;
  for (auto model :
       llvm::make_early_inc_range(module.getOps<layer::ModelOp>())) {
    StringAttr before = model.getSymNameAttr();
    model->remove();
    renamed[before] = symbols.insert(model);
    for (auto call : model.getBody().getOps<layer::CallOp>())
      call.setModelAttr(FlatSymbolRefAttr::get(
          renamed.lookup(call.getModelAttr().getAttr())));
  }
}

/// A call of the model in another graph, by way of text, since contexts share
/// no IR.
static Expected<layer::CallOp> callModel(const ModelState &model,
                                         GraphState &graph,
                                         ArrayRef<mlir::Value> operands) {
  std::string thing = "model \"" + model.name + "\"";
  ModelState plain = model;
  plain.compile = nullptr;
  Expected<Source> source = makeModule(plain);
  if (!source)
    return dlc::Unexpected(source.error());
  SmallVector<RankedTensorType> takes;
  for (mlir::Value input : model.inputs)
    takes.push_back(cast<RankedTensorType>(input.getType()));
  bool fits = takes.size() == operands.size();
  for (auto [type, operand] : llvm::zip(takes, operands)) {
    auto given = cast<RankedTensorType>(operand.getType());
    fits &= type.getShape() == given.getShape();
  }
  if (!fits)
    return fail(thing, "is called on tensors of other shapes",
                "its inputs fix them", "change them by withInputShapes");

  std::string name = makeName(graph, model.name);
  std::string text = importer::printModel(*source->module, "");
  importer::DiagnosticCatcher catcher(graph.getContext());
  auto module =
      parseSourceString<ModuleOp>(text, ParserConfig(graph.getContext()));
  FailureOr<layer::ModelOp> main = failure();
  if (module)
    main = layer::findMainModel(*module);
  if (failed(main))
    return catcher.error(thing);
  moveModels(*module, graph);
  for (const auto &[weight, value] : model.graph->weights)
    graph.weights[name + "/" + weight] = value;
  OpBuilder b = OpBuilder::atBlockEnd(&graph.block());
  auto output = cast<layer::OutputOp>(main->getBody().front().getTerminator());
  return layer::CallOp::create(
      b, NameLoc::get(b.getStringAttr(name)), output.getValues().getTypes(),
      name, main->getSymName(), operands, main->getTrainable(),
      /*training=*/nullptr, /*keras=*/nullptr);
}

std::vector<KerasTensor>
Model::operator()(const std::vector<KerasTensor> &inputs) const {
  if (held->error)
    return {makeFailed(*held->error)};
  if (auto error = findError(inputs, "model \"" + held->name + "\""))
    return {makeFailed(std::move(*error))};
  const auto &graph = inputs.front().state().graph;
  SmallVector<mlir::Value> operands;
  for (const KerasTensor &input : inputs)
    operands.push_back(input.state().value);
  Expected<layer::CallOp> call = callModel(*held, *graph, operands);
  if (!call)
    return {makeFailed(call.error())};
  std::vector<KerasTensor> outputs;
  for (mlir::Value result : call->getResults())
    outputs.push_back(makeTensor(graph, result));
  return outputs;
}
