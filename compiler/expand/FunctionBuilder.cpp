// A function of the expanded model under construction.
#include "compiler/expand/FunctionBuilder.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/prim/Prim.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::expand;

FunctionBuilder::FunctionBuilder(Location loc, StringRef name)
    : func(func::FuncOp::create(loc, name,
                                FunctionType::get(loc.getContext(), {}, {}))),
      b(ImplicitLocOpBuilder::atBlockEnd(loc, func.addEntryBlock())) {}

Value FunctionBuilder::addArgument(Type type, StringRef role, StringRef name) {
  unsigned index = func.getNumArguments();
  DictionaryAttr attrs =
      b.getDictionaryAttr(b.getNamedAttr(role, b.getStringAttr(name)));
  // Inserting at the end of a function that has a body does not fail.
  (void)func.insertArgument(index, type, attrs, b.getLoc());
  return func.getArgument(index);
}

Value FunctionBuilder::input(StringRef name, RankedTensorType type) {
  return addArgument(type, "dlc.input", name);
}

Value FunctionBuilder::state(const StatePlace &place, RankedTensorType type) {
  if (auto found = states.find(place.name); found != states.end())
    return found->second;
  Value argument = addArgument(type, "dlc.state", place.name);
  unsigned index = cast<BlockArgument>(argument).getArgNumber();
  if (place.trainable) {
    func.setArgAttr(index, "dlc.trainable", b.getUnitAttr());
    if (!layer::isNull(place.constraint))
      func.setArgAttr(index, "dlc.constraint", place.constraint);
  }
  func.setArgAttr(index, "dlc.h5", b.getStringAttr(place.h5));
  states[place.name] = argument;
  return argument;
}

Type FunctionBuilder::findType(StringRef state) const {
  auto found = states.find(state);
  return found == states.end() ? Type() : found->second.getType();
}

void FunctionBuilder::addCopy(StringRef state, StringRef h5) {
  for (BlockArgument argument : func.getArguments()) {
    unsigned index = argument.getArgNumber();
    auto name = func.getArgAttrOfType<StringAttr>(index, "dlc.state");
    if (!name || name.getValue() != state)
      continue;
    SmallVector<StringRef> copies;
    if (auto known = func.getArgAttrOfType<ArrayAttr>(index, "dlc.h5_copies"))
      llvm::append_range(copies, known.getAsValueRange<StringAttr>());
    if (!llvm::is_contained(copies, h5))
      copies.push_back(h5);
    func.setArgAttr(index, "dlc.h5_copies", b.getStrArrayAttr(copies));
  }
}

Value FunctionBuilder::constant(RankedTensorType type,
                                ArrayRef<double> numbers) {
  if (llvm::all_equal(numbers))
    return prim::ConstantOp::create(b, type, numbers.front());
  bool isFloat = isa<FloatType>(type.getElementType());
  RankedTensorType kept =
      type.clone(isFloat ? Type(b.getF32Type()) : Type(b.getI32Type()));
  Attribute values;
  if (isFloat)
    values = DenseElementsAttr::get(
        kept, ArrayRef<float>(SmallVector<float>(numbers)));
  else
    values = DenseElementsAttr::get(
        kept, ArrayRef<int32_t>(llvm::map_to_vector(
                  numbers, [](double x) { return int32_t(x); })));
  Value argument = addArgument(kept, "dlc.state",
                               "constants/" + std::to_string(constants++));
  unsigned index = cast<BlockArgument>(argument).getArgNumber();
  func.setArgAttr(index, "dlc.kind", b.getStringAttr("control"));
  func.setArgAttr(index, "dlc.initial", values);
  return layer::convertTo(b, argument, type.getElementType());
}

void FunctionBuilder::update(StringRef state, Value value) {
  states[state] = value;
  updates[b.getStringAttr(state)] = value;
}

void FunctionBuilder::addLoss(StringRef name, Value loss) {
  losses.push_back({b.getStringAttr(name), loss});
}

Value FunctionBuilder::key(StringRef name) {
  if (auto found = states.find(name); found != states.end())
    return found->second;
  auto type = RankedTensorType::get({}, b.getI32Type());
  Value argument = addArgument(type, "dlc.state", name);
  func.setArgAttr(cast<BlockArgument>(argument).getArgNumber(), "dlc.kind",
                  b.getStringAttr("control"));
  states[name] = argument;
  return argument;
}

Value FunctionBuilder::randomUniform(RankedTensorType type) {
  Value seed = key("seed"), step = key("step");
  return prim::RandomUniformOp::create(b, type, seed, step, streams++);
}

void FunctionBuilder::finish(ArrayRef<std::string> names, ValueRange outputs,
                             ArrayRef<Value> masks, bool withUpdates) {
  SmallVector<Value> results;
  SmallVector<DictionaryAttr> attrs;
  auto add = [&](StringRef role, StringAttr name, Value value) {
    results.push_back(value);
    attrs.push_back(b.getDictionaryAttr(b.getNamedAttr(role, name)));
  };
  for (auto [name, value] : llvm::zip_equal(names, outputs))
    add("dlc.output", b.getStringAttr(name), value);
  for (auto [name, mask] : llvm::zip_equal(names, masks))
    if (mask)
      add("dlc.mask", b.getStringAttr(name), mask);
  if (withUpdates)
    for (auto [name, value] : updates)
      add("dlc.state", name, value);
  for (auto [name, value] : losses)
    add("dlc.loss", name, value);

  b.setLoc(func.getLoc());
  func::ReturnOp::create(b, results);
  func.setFunctionType(b.getFunctionType(func.getArgumentTypes(),
                                         ValueRange(results).getTypes()));
  func.setAllResultAttrs(attrs);
}
