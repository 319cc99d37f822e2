// Models, their outputs, and models used as layers.
#include "dialects/layer/Layer.h"
#include "dialects/layer/WeightPaths.h"
#include "dialects/layer/layers/Numbers.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace dlc::layer;

/// What makes the value a layer: its name, if it is one.
static StringRef getLayerName(Operation *op) {
  if (auto layer = dyn_cast_or_null<LayerOpInterface>(op))
    return layer.getName();
  if (auto call = dyn_cast_or_null<CallOp>(op))
    return call.getName();
  return "";
}

/// No key but those that the op declares.
static LogicalResult verifyOwnKeys(Operation *op) {
  SmallVector<StringRef> known =
      llvm::map_to_vector(op->getName().getAttributeNames(),
                          [](StringAttr name) { return name.getValue(); });
  return verifyKeys(op->getLoc(), op->getName().getStringRef(),
                    op->getAttrDictionary(), known);
}

/// Calls of one layer read inputs for which its weights are the same ones.
static LogicalResult verifySharedWeights(Operation *first, Operation *call) {
  auto owner = dyn_cast<LayerOpInterface>(first);
  if (!owner)
    return success();
  auto again = cast<LayerOpInterface>(call);
  for (auto [has, needs] : llvm::zip(owner.weights(), again.weights()))
    if (has.type != needs.type)
      return call->emitError()
             << call->getName() << " \"" << again.getName() << "\": needs a "
             << needs.name << " of " << needs.type << " but at its first call "
             << "the layer has one of " << has.type
             << "; rename one of them to have two layers";
  return success();
}

LogicalResult ModelOp::verify() {
  if (failed(verifyOwnKeys(*this)))
    return failure();
  if (getKind() != "Sequential" && getKind() != "Functional")
    return emitError() << "layer.model @" << getSymName() << ": kind is \""
                       << getKind()
                       << "\" but dlc knows Sequential and Functional; choose "
                          "one of these";
  Block &block = getBody().front();
  if (block.empty() || !isa<OutputOp>(block.back()))
    return emitError() << "layer.model @" << getSymName()
                       << ": does not end in a layer.output but a model's last "
                          "line says what it computes; add one";

  if (block.getNumArguments() > 0)
    return emitError() << "layer.model @" << getSymName()
                       << ": has block arguments but its inputs are "
                          "layer.input; write these";

  // MLIR verifies an op before those within, but what follows asks the layers
  // for their weights: they have to be sound.
  for (Operation &op : block)
    if (failed(op.getName().verifyInvariants(&op)))
      return failure();

  llvm::StringMap<Operation *> first;
  for (Operation &op : block) {
    if (isa<ConstantOp, OutputOp>(op))
      continue;
    StringRef name = getLayerName(&op);
    if (name.empty())
      return op.emitError() << op.getName()
                            << ": stands in a layer.model but is no layer with "
                               "a name; remove it or name it";
    auto [entry, isNew] = first.try_emplace(name, &op);
    if (isNew)
      continue;
    Operation *shared = entry->second;
    if (shared->getName() != op.getName())
      return op.emitError() << op.getName() << " \"" << name
                            << "\": has the name of a " << shared->getName()
                            << " but layers of one name are one layer; rename "
                               "one of them";
    if (getSharedConfig(shared) != getSharedConfig(&op))
      return op.emitError() << op.getName() << " \"" << name
                            << "\": has another config than its first call but "
                               "calls of one layer share it; repeat the config "
                               "or rename one of them";
    if (failed(verifySharedWeights(shared, &op)))
      return failure();
  }
  if (auto layers = getLayers())
    for (auto name : layers->getAsValueRange<StringAttr>())
      if (!first.contains(name))
        return emitError() << "layer.model @" << getSymName()
                           << ": lists the layer \"" << name
                           << "\" but has none of that name; list its layers";
  return success();
}

/// Whether lists and dicts hold nothing but indices below `count`.
static bool isNestOfIndices(Attribute nest, size_t count) {
  auto holds = [&](Attribute part) { return isNestOfIndices(part, count); };
  if (auto list = dyn_cast<ArrayAttr>(nest))
    return llvm::all_of(list, holds);
  if (auto dict = dyn_cast<DictionaryAttr>(nest))
    return llvm::all_of(
        dict, [&](NamedAttribute entry) { return holds(entry.getValue()); });
  auto index = dyn_cast<IntegerAttr>(nest);
  return index && index.getValue().ult(count);
}

LogicalResult OutputOp::verify() {
  if (auto structure = getStructure();
      structure && !isNestOfIndices(*structure, getValues().size()))
    return emitError() << "layer.output: has the structure " << *structure
                       << " but it has " << getValues().size()
                       << " outputs; write lists and dicts of their indices, "
                          "from 0";
  if (auto names = getNames(); names && names->size() != getValues().size())
    return emitError() << "layer.output: names " << names->size()
                       << " outputs but has " << getValues().size()
                       << "; name each of them";
  return success();
}

SmallVector<std::string> dlc::layer::getOutputNames(OutputOp output) {
  SmallVector<std::string> names;
  if (auto given = output.getNames())
    for (StringRef name : given->getAsValueRange<StringAttr>())
      names.push_back(name.str());
  else
    for (auto [i, value] : llvm::enumerate(output.getValues())) {
      StringRef name = getLayerName(value.getDefiningOp());
      names.push_back(name.empty() ? "output" : name.str());
    }

  llvm::StringSet<> taken;
  llvm::StringMap<unsigned> repeats;
  for (std::string &name : names) {
    std::string unique = name;
    unsigned &count = repeats[name];
    while (!taken.insert(unique).second)
      unique = name + "_" + std::to_string(++count);
    name = unique;
  }
  return names;
}

FailureOr<ModelOp> dlc::layer::findMainModel(ModuleOp module) {
  llvm::StringSet<> called;
  module.walk([&](CallOp call) { called.insert(call.getModel()); });
  SmallVector<ModelOp> mains;
  for (auto model : module.getOps<ModelOp>())
    if (!called.contains(model.getSymName()))
      mains.push_back(model);
  if (mains.size() == 1)
    return mains.front();
  // Who reads the module knows what to call it.
  return module.emitError() << "has " << mains.size()
                            << " layer.models that no layer.call uses but just "
                               "one of these is the model; keep one, or call "
                               "the others from it";
}

//===-- Calls -------------------------------------------------------------===//

static bool calls(ModelOp from, StringRef name, SymbolTableCollection &symbols,
                  llvm::StringSet<> &seen) {
  if (!seen.insert(from.getSymName()).second)
    return false;
  for (auto call : from.getBody().getOps<CallOp>()) {
    if (call.getModel() == name)
      return true;
    auto model = symbols.lookupNearestSymbolFrom<ModelOp>(from->getParentOp(),
                                                          call.getModelAttr());
    if (model && calls(model, name, symbols, seen))
      return true;
  }
  return false;
}

/// A call casts what it is given to the element types of the model's inputs.
static bool haveEqualShapes(TypeRange inputs, TypeRange given) {
  return llvm::equal(inputs, given, [](Type input, Type x) {
    auto tensor = dyn_cast<RankedTensorType>(x);
    return tensor &&
           cast<RankedTensorType>(input).getShape() == tensor.getShape();
  });
}

LogicalResult CallOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (failed(verifyOwnKeys(*this)))
    return failure();
  auto parent = (*this)->getParentOfType<ModelOp>();
  auto model = parent ? symbols.lookupNearestSymbolFrom<ModelOp>(
                            parent->getParentOp(), getModelAttr())
                      : ModelOp();
  auto error = [&] {
    return emitError() << "layer.call \"" << getName() << "\": ";
  };
  if (!model)
    return error() << "calls @" << getModel()
                   << " but the file has no such layer.model; define it";
  llvm::StringSet<> seen;
  if (calls(model, getModel(), symbols, seen))
    return error() << "calls @" << getModel()
                   << " which calls itself but a model is finite; break the "
                      "circle";
  if (model.getBody().empty() || model.getBody().front().empty())
    return success(); // its own verifier speaks

  auto inputs = llvm::map_to_vector(
      model.getBody().getOps<InputOp>(),
      [](InputOp input) -> Type { return input.getType(); });
  if (!haveEqualShapes(inputs, getXs().getTypes()))
    return error() << "is given (" << getXs().getTypes() << ") but @"
                   << getModel() << " takes (" << inputs
                   << "); give these, in this order";
  auto output = dyn_cast<OutputOp>(model.getBody().front().back());
  if (output && output.getValues().getTypes() != getResults().getTypes())
    return error() << "returns (" << getResults().getTypes() << ") but @"
                   << getModel() << " computes ("
                   << output.getValues().getTypes() << "); write these";
  return success();
}

/// What stands in a compile is a Keras object with keys that it declares.
static LogicalResult verifyCompiled(Operation &op) {
  if (!isa<KerasOpInterface>(op) || isa<LayerOpInterface>(op))
    return op.emitError() << op.getName()
                          << ": stands in a layer.compile but that holds an "
                             "optimizer, losses, metrics and a schedule; move "
                             "it";
  return verifyOwnKeys(&op);
}

/// Beside a schedule the optimizer's own rate is the default, which nobody
/// reads.
static LogicalResult verifySchedule(CompileOp compile) {
  if (compile.getBody().getOps<ScheduleOpInterface>().empty())
    return success();
  for (auto optimizer : compile.getBody().getOps<OptimizerOpInterface>()) {
    NamedAttrList usual;
    optimizer->getName().populateDefaultAttrs(usual);
    Attribute rate = optimizer->getAttr("learning_rate");
    if (rate && rate != usual.get("learning_rate"))
      return optimizer->emitError()
             << optimizer->getName() << ": learning_rate is " << rate
             << " but a schedule stands beside it; remove one of them";
  }
  return success();
}

LogicalResult CompileOp::verifySymbolUses(SymbolTableCollection &symbols) {
  for (Operation &op : getBody().front())
    if (failed(verifyCompiled(op)))
      return failure();
  if (failed(verifySchedule(*this)))
    return failure();
  auto model =
      symbols.lookupNearestSymbolFrom((*this)->getParentOp(), getModelAttr());
  // After expand-layers the model is a pair of functions.
  if (!model || isa<ModelOp>(model))
    return success();
  return emitError() << "layer.compile: names @" << getModel()
                     << " but that is no layer.model; name the model";
}

//===-- Constants ---------------------------------------------------------===//

/// The type of an array, as i32 where its element type is of whole numbers, i1
/// of booleans; failure for what is no array.
static FailureOr<RankedTensorType> inferArray(Attribute value) {
  auto object = dyn_cast_or_null<DictionaryAttr>(value);
  FailureOr<Numbers> numbers = readNumbers(value);
  if (!object || failed(numbers))
    return failure();
  MLIRContext *context = value.getContext();
  StringRef dtype = findName(getObjectConfig(object).get("dtype"));
  Type element = dtype == "bool"         ? Type(IntegerType::get(context, 1))
                 : dtype.contains("int") ? Type(IntegerType::get(context, 32))
                                         : Type(Float32Type::get(context));
  return RankedTensorType::get(numbers->shape, element);
}

LogicalResult ConstantOp::inferReturnTypes(MLIRContext *context,
                                           std::optional<Location> loc,
                                           ValueRange operands,
                                           DictionaryAttr attributes,
                                           OpaqueProperties, RegionRange,
                                           SmallVectorImpl<Type> &types) {
  Attribute value = attributes.get("value");
  if (FailureOr<RankedTensorType> array = inferArray(value); succeeded(array)) {
    types.push_back(*array);
    return success();
  }
  Type element;
  if (isa_and_nonnull<FloatAttr>(value))
    element = Float32Type::get(context);
  else if (isa_and_nonnull<BoolAttr>(value))
    element = IntegerType::get(context, 1);
  else if (isa_and_nonnull<IntegerAttr>(value))
    element = IntegerType::get(context, 32);
  else
    return emitOptionalError(loc, "layer.constant: value is ", value,
                             " but it is a number, true, false or an array of "
                             "numbers; write one");
  types.push_back(RankedTensorType::get({}, element));
  return success();
}
