// Arguments and results of a step function, found and made by role.
#include "compiler/train/StepFunction.h"

using namespace mlir;
using namespace dlc::train;

StepFunction::StepFunction(func::FuncOp func)
    : func(func), b(func.getLoc(), func.getBody().front().getTerminator()) {}

SmallVector<StepResult> StepFunction::results(StringRef role) {
  SmallVector<StepResult> found;
  Operation *exit = func.getBody().front().getTerminator();
  for (auto [i, value] : llvm::enumerate(exit->getOperands()))
    if (auto name = func.getResultAttrOfType<StringAttr>(i, role))
      found.push_back({role, name.getValue(), value});
  return found;
}

SmallVector<BlockArgument> StepFunction::trainable() {
  return llvm::filter_to_vector(func.getArguments(), [&](BlockArgument a) {
    return bool(func.getArgAttr(a.getArgNumber(), "dlc.trainable"));
  });
}

SmallVector<BlockArgument> StepFunction::inputs() {
  return llvm::filter_to_vector(func.getArguments(), [&](BlockArgument a) {
    return func.getArgAttr(a.getArgNumber(), "dlc.input") &&
           cast<RankedTensorType>(a.getType()).getElementType().isF32();
  });
}

StringRef StepFunction::name(BlockArgument argument, StringRef role) {
  auto attr = func.getArgAttrOfType<StringAttr>(argument.getArgNumber(), role);
  return attr ? attr.getValue() : StringRef();
}

Value StepFunction::state(StringRef stateName, RankedTensorType type,
                          StringRef kind, double initial, StringRef h5) {
  for (BlockArgument argument : func.getArguments())
    if (name(argument, "dlc.state") == stateName)
      return argument;
  Value argument = addArgument("dlc.state", stateName, type);
  setArgumentAttr(argument, "dlc.kind", b.getStringAttr(kind));
  if (initial != 0)
    setArgumentAttr(argument, "dlc.initial", b.getF64FloatAttr(initial));
  if (!h5.empty())
    setArgumentAttr(argument, "dlc.h5", b.getStringAttr(h5));
  return argument;
}

Value StepFunction::addArgument(StringRef role, StringRef argumentName,
                                Type type) {
  unsigned index = func.getNumArguments();
  DictionaryAttr attrs =
      b.getDictionaryAttr(b.getNamedAttr(role, b.getStringAttr(argumentName)));
  // Inserting at the end of a function that has a body does not fail.
  (void)func.insertArgument(index, type, attrs, func.getLoc());
  return func.getArgument(index);
}

void StepFunction::setArgumentAttr(Value argument, StringRef key,
                                   Attribute value) {
  func.setArgAttr(cast<BlockArgument>(argument).getArgNumber(), key, value);
}

void StepFunction::setResults(ArrayRef<StepResult> results) {
  SmallVector<Value> values;
  SmallVector<DictionaryAttr> attrs;
  for (const StepResult &result : results) {
    values.push_back(result.value);
    attrs.push_back(b.getDictionaryAttr(
        b.getNamedAttr(result.role, b.getStringAttr(result.name))));
  }
  func.getBody().front().getTerminator()->setOperands(values);
  func.setFunctionType(b.getFunctionType(func.getArgumentTypes(),
                                         ValueRange(values).getTypes()));
  func.setAllResultAttrs(attrs);
}
