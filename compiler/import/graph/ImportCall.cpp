// Arguments of a call become operands, constants and attributes.
#include "compiler/import/graph/ImportCall.h"
#include "compiler/import/Diagnostics.h"
#include "compiler/import/config/Classes.h"
#include "compiler/import/config/IndexKey.h"
#include "compiler/import/legacy/ModernConfig.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::importer;

static std::optional<size_t> findTensor(const Json &json) {
  const Json *index = json.size() == 1 ? find(json, "tensor") : nullptr;
  if (!index || !index->is_number_integer())
    return std::nullopt;
  return index->get<size_t>();
}

void importer::collectTensors(const Json &argument, ArrayRef<Value> tensors,
                              SmallVectorImpl<Value> &operands) {
  if (std::optional<size_t> index = findTensor(argument);
      index && *index < tensors.size()) {
    operands.push_back(tensors[*index]);
    return;
  }
  if (argument.is_object()) {
    std::map<std::string, const Json *> sorted;
    for (const auto &[key, value] : argument.items())
      sorted[key] = &value;
    for (const auto &[key, value] : sorted)
      collectTensors(*value, tensors, operands);
  } else if (argument.is_array()) {
    for (const Json &element : argument)
      collectTensors(element, tensors, operands);
  }
}

namespace {

class CallImporter {
public:
  CallImporter(OpBuilder &b, const CallContext &context)
      : b(b), context(context), entry(context.entry),
        loc(NameLoc::get(b.getStringAttr(entry.name))) {}

  Expected<ImportedCall> run();

private:
  Expected<void> makeModelCall();
  Expected<void> checkSizes() const;
  Expected<void> makeLayer();
  Expected<void> readInputShape(NamedAttrList &attributes);
  Expected<void> collectFunctionArguments(OperationName name,
                                          NamedAttrList &attributes);
  Expected<void> collectFunctionArgument(const Json &argument);
  void collectTensors(const Json &argument) {
    importer::collectTensors(argument, context.tensors, operands);
  }
  Expected<void> collectNamedArguments(OperationName name,
                                       NamedAttrList &attributes);
  Expected<void> readKeywords(NamedAttrList &attributes,
                              ArrayRef<StringRef> known = {});
  void readTraining(bool value, NamedAttrList &attributes);
  void keepForm(const ArgumentForm &usual);
  Unexpected<Error> failArgument(const std::string &key,
                                 const Json &value) const;
  Expected<void> create(OperationName name, NamedAttrList attributes);
  Unexpected<Error> failUnknown(Error error) const;
  std::string thing() const { return "layer \"" + entry.name + "\""; }

  OpBuilder &b;
  const CallContext &context;
  const LayerEntry &entry;
  Location loc;
  SmallVector<Value> operands;
  ImportedCall imported;
};

//===-- Arguments ---------------------------------------------------------===//

/// An array of numpy or of Keras' backend.
bool isArray(const Json &argument) {
  std::string name = findString(argument, "class_name");
  return name == "__numpy__" || name == "__tensor__";
}

/// A tensor, a list of tensors, or a number or array, which becomes a constant.
Expected<void> CallImporter::collectFunctionArgument(const Json &argument) {
  if (isArray(argument)) {
    DiagnosticCatcher catcher(b.getContext());
    Attribute value = toAttribute(b.getContext(), argument);
    SmallVector<Type> types;
    if (failed(layer::ConstantOp::inferReturnTypes(
            b.getContext(), loc, {},
            b.getDictionaryAttr(b.getNamedAttr("value", value)),
            OpaqueProperties(nullptr), {}, types)))
      return fail(thing(), "is given an array that holds no numbers",
                  "dlc takes tensors, numbers and arrays of them there",
                  "make it an input of the model");
    operands.push_back(layer::ConstantOp::create(b, loc, value));
    return {};
  }
  if (argument.is_number() || argument.is_boolean()) {
    auto value = cast<TypedAttr>(toAttribute(b.getContext(), argument));
    operands.push_back(layer::ConstantOp::create(b, loc, value));
    return {};
  }
  size_t before = operands.size();
  collectTensors(argument);
  if (operands.size() == before)
    return fail(thing(), "is given the argument " + printJson(argument),
                "dlc takes tensors, numbers and arrays of numpy there",
                "write it as one of these");
  return {};
}

Expected<void>
CallImporter::collectFunctionArguments(OperationName name,
                                       NamedAttrList &attributes) {
  bool isGetItem = entry.className == "GetItem";
  if (isGetItem && context.call.args.size() == 2) {
    attributes.set(
        "key", toAttribute(b.getContext(), shortenKey(context.call.args[1])));
    return collectFunctionArgument(context.call.args[0]);
  }
  for (const Json &argument : context.call.args)
    if (Expected<void> done = collectFunctionArgument(argument); !done)
      return done;
  for (const auto &[key, argument] : context.call.kwargs.items()) {
    if (argument.is_null())
      continue;
    if (isGetItem && key == "key")
      attributes.set("key", toAttribute(b.getContext(), shortenKey(argument)));
    else if (llvm::is_contained(getCallKeys(name), key))
      attributes.set(key, toAttribute(b.getContext(), argument));
    else if (Expected<void> done = collectFunctionArgument(argument); !done)
      return done;
  }
  return {};
}

//===-- Keyword arguments of layers ---------------------------------------===//

/// Whether Keras records `training=False` on calls of this class although
/// nobody passed it: the layers whose `call` has that default.
bool recordsTrainingByDefault(const std::string &className) {
  static const std::set<std::string> classes = {"Dropout",
                                                "SpatialDropout1D",
                                                "SpatialDropout2D",
                                                "SpatialDropout3D",
                                                "GaussianDropout",
                                                "GaussianNoise",
                                                "AlphaDropout",
                                                "SimpleRNN",
                                                "LSTM",
                                                "GRU",
                                                "Attention",
                                                "AdditiveAttention"};
  return classes.contains(className);
}

/// null, or a nest of it: what Keras records for a mask that nobody passed.
bool isNothing(const Json &value) {
  return value.is_structured() ? llvm::all_of(value, isNothing)
                               : value.is_null();
}

Unexpected<Error> CallImporter::failArgument(const std::string &key,
                                             const Json &value) const {
  return fail(thing(),
              "is called with " + key + "=" +
                  (findTensor(value) ? "a tensor" : printJson(value)),
              "dlc knows no such argument of a call",
              "leave it out and save the model again");
}

void CallImporter::readTraining(bool value, NamedAttrList &attributes) {
  if (context.rule.honour)
    attributes.set("training", b.getBoolAttr(value));
  else if (!value && recordsTrainingByDefault(entry.className))
    return; // says nothing
  else
    imported.aside["training"] = value;
  if (context.rule.noted)
    context.rule.noted->push_back(entry.name);
}

/// Flags of the call, which are attributes of these keys, and `training`.
/// Tensors among the known ones are operands by now.
Expected<void> CallImporter::readKeywords(NamedAttrList &attributes,
                                          ArrayRef<StringRef> known) {
  for (const auto &[key, value] : context.call.kwargs.items()) {
    bool isKnown = llvm::is_contained(known, key);
    if (isNothing(value) || (isKnown && findTensor(value)))
      continue;
    if (!value.is_boolean() || (key != "training" && !isKnown))
      return failArgument(key, value);
    if (key == "training")
      readTraining(value.get<bool>(), attributes);
    else if (value == true)
      attributes.set(key, b.getBoolAttr(true));
  }
  return {};
}

/// Tensors by the names of Keras' `call`, by position or by key: operands in
/// the order in which they are written.
Expected<void> CallImporter::collectNamedArguments(OperationName name,
                                                   NamedAttrList &attributes) {
  ArrayRef<StringRef> parameters = getParameters(name);
  ArrayRef<StringRef> flags = getCallKeys(name);
  SmallVector<StringRef> names;
  for (const auto &[i, value] : llvm::enumerate(context.call.args)) {
    if (isNothing(value))
      continue;
    bool isTensor = findTensor(value) && i < parameters.size() &&
                    !llvm::is_contained(flags, parameters[i]);
    if (!isTensor)
      return failArgument(i < parameters.size() ? parameters[i].str()
                                                : std::to_string(i),
                          value);
    collectTensors(value);
    names.push_back(parameters[i]);
  }
  for (const auto &[key, value] : context.call.kwargs.items()) {
    const auto *parameter = llvm::find(parameters, key);
    if (!findTensor(value) || parameter == parameters.end())
      continue; // readKeywords speaks
    collectTensors(value);
    names.push_back(*parameter);
  }
  // The builder may have named them.
  if (!attributes.get("arguments") &&
      names != layer::nameOperands({}, parameters, names.size()))
    attributes.set("arguments", b.getStrArrayAttr(names));
  return {};
}

/// Notes in which form the call is written, where that is not the usual one.
void CallImporter::keepForm(const ArgumentForm &usual) {
  ArgumentForm form{context.call.args, Json::object()};
  for (const auto &[key, value] : context.call.kwargs.items())
    if (key != "training" && !isNothing(value))
      form.kwargs[key] = value;
  if (form.args != usual.args)
    imported.aside["args"] = form.args;
  if (form.kwargs != usual.kwargs)
    imported.aside["kwargs"] = form.kwargs;
}

//===-- Ops ---------------------------------------------------------------===//

/// A nested model whose inputs leave sizes free has those of its first call.
Expected<void> CallImporter::checkSizes() const {
  layer::ModelOp model = context.nested;
  auto shapeOf = [](Value value) {
    auto type = cast<RankedTensorType>(value.getType());
    Shape shape(type.getShape().begin(), type.getShape().end());
    llvm::replace(shape, ShapedType::kDynamic, batchDim);
    return formatShape(shape);
  };
  for (auto [input, operand] :
       llvm::zip(model.getBody().getOps<layer::InputOp>(), operands))
    if (shapeOf(input) != shapeOf(operand))
      return fail(thing(), "is called on a tensor of shape " + shapeOf(operand),
                  "another call gives it " + shapeOf(input) +
                      " and one size per nested model is supported",
                  "call it on tensors of one size");
  return {};
}

Expected<void> CallImporter::makeModelCall() {
  for (const Json &argument : context.call.args)
    collectTensors(argument);
  if (Expected<void> done = checkSizes(); !done)
    return done;
  NamedAttrList attributes;
  if (Expected<void> done = readKeywords(attributes); !done)
    return done;

  layer::ModelOp model = context.nested;
  auto output = cast<layer::OutputOp>(model.getBody().front().getTerminator());
  auto call = layer::CallOp::create(
      b, loc, output.getValues().getTypes(), entry.name, model.getSymName(),
      operands, model.getTrainable(), /*training=*/nullptr, /*keras=*/nullptr);
  if (auto training = attributes.getNamed("training"))
    call->setAttr("training", training->getValue());
  keepForm(makeUsualForm(call->getName(), {}, operands.size()));
  llvm::append_range(imported.results, call.getResults());
  return {};
}

/// A sample's sizes as --input-shape takes them, with some number for those
/// that the file leaves free.
std::string suggestSizes(const Json &batchShape) {
  std::string text;
  for (const Json &size : llvm::drop_begin(batchShape))
    text += (text.empty() ? "" : "x") +
            (size.is_number_integer() ? printJson(size) : "96");
  return text;
}

/// InputLayer's batch_shape without the batch.
Expected<void> CallImporter::readInputShape(NamedAttrList &attributes) {
  const Json *batchShape = find(entry.config(), "batch_shape");
  if (!batchShape || !batchShape->is_array() || batchShape->empty())
    return fail(thing(), "has no batch_shape", "dlc needs an input's shape",
                "give it to keras.Input");
  SmallVector<int64_t> shape;
  for (const Json &size : llvm::drop_begin(*batchShape)) {
    if (!size.is_number_integer())
      return fail(thing(), "has shape " + printJson(*batchShape),
                  "only the batch may be free: a program is planned for "
                  "samples of one size",
                  "give the sizes by --input-shape " + entry.name + "=" +
                      suggestSizes(*batchShape));
    shape.push_back(size.get<int64_t>());
  }
  attributes.set("shape", b.getI64ArrayAttr(shape));
  // The batch is free whatever it was built with.
  if ((*batchShape)[0].is_number_integer())
    attributes.set("keras",
                   b.getDictionaryAttr(b.getNamedAttr(
                       "batch_size",
                       b.getI64IntegerAttr((*batchShape)[0].get<int64_t>()))));
  return {};
}

/// ODS' accessors trust the number of operands, so a file's is checked first.
std::string findMismatch(OperationName name, size_t count) {
  auto expect = [&](size_t wanted) {
    return count == wanted ? "" : std::to_string(wanted);
  };
  if (name.hasTrait<OpTrait::ZeroOperands>())
    return expect(0);
  if (name.hasTrait<OpTrait::OneOperand>())
    return expect(1);
  if (name.hasTrait<OpTrait::NOperands<2>::Impl>())
    return expect(2);
  if (name.hasTrait<OpTrait::NOperands<3>::Impl>())
    return expect(3);
  return count > 0 ? "" : "one or more";
}

Expected<void> CallImporter::create(OperationName name,
                                    NamedAttrList attributes) {
  if (std::string wanted = findMismatch(name, operands.size()); !wanted.empty())
    return fail(thing(),
                "is given " + std::to_string(operands.size()) + " tensors",
                entry.className + " takes " + wanted, "save the model again");
  attributes.set("name", b.getStringAttr(entry.name));
  OperationState state(loc, name);
  state.addOperands(operands);
  state.addAttributes(attributes.getAttrs());

  DiagnosticCatcher catcher(b.getContext());
  auto *infer = name.getInterface<InferTypeOpInterface>();
  SmallVector<Type> types;
  if (!infer || failed(infer->inferReturnTypes(
                    b.getContext(), loc, operands,
                    state.attributes.getDictionary(b.getContext()),
                    OpaqueProperties(nullptr), RegionRange(), types)))
    return catcher.error(thing(),
                         state.attributes.getDictionary(b.getContext()));
  state.addTypes(types);
  llvm::append_range(imported.results, b.create(state)->getResults());
  return {};
}

/// The error of an unknown class, with what to do about those that Keras had
/// once.
Unexpected<Error> CallImporter::failUnknown(Error error) const {
  if (std::string remedy = findRemedy(entry.className); !remedy.empty())
    error.remedy = remedy;
  return Unexpected(std::move(error));
}

Expected<void> CallImporter::makeLayer() {
  ObjectKind kind =
      entry.isFunction() ? ObjectKind::Function : ObjectKind::Layer;
  Expected<OperationName> name =
      findClass(b.getContext(), kind, readClass(entry.object), thing());
  if (!name)
    return failUnknown(name.error());

  NamedAttrList attributes;
  if (entry.className == "InputLayer") {
    Json config = entry.config();
    config.erase("batch_shape");
    attributes = readConfig(*name, config);
    if (Expected<void> done = readInputShape(attributes); !done)
      return done;
    return create(*name, attributes);
  }
  attributes = readConfig(*name, entry.config());
  if (kind == ObjectKind::Function) {
    if (auto done = collectFunctionArguments(*name, attributes); !done)
      return done;
    return create(*name, attributes);
  }

  if (namesOperands(*name)) {
    if (auto done = collectNamedArguments(*name, attributes); !done)
      return done;
  } else {
    for (const Json &argument : context.call.args)
      collectTensors(argument);
  }
  SmallVector<StringRef> known(getParameters(*name));
  llvm::append_range(known, getCallKeys(*name));
  if (Expected<void> done = readKeywords(attributes, known); !done)
    return done;
  keepForm(makeUsualForm(*name, attributes.getDictionary(b.getContext()),
                         operands.size()));
  return create(*name, attributes);
}

Expected<ImportedCall> CallImporter::run() {
  Expected<void> done = context.nested ? makeModelCall() : makeLayer();
  if (!done)
    return Unexpected(done.error());
  return std::move(imported);
}

} // namespace

Expected<ImportedCall> importer::importCall(OpBuilder &b,
                                            const CallContext &context) {
  return CallImporter(b, context).run();
}
