// Loads come first: they are in flight together, and an output may lie over an
// input.
#include "compiler/emit/cuda/kernels/Elements.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::emit::cuda;

bool dlc::emit::cuda::isFree(Value value) {
  Operation *op = value.getDefiningOp();
  return isa_and_present<arith::ConstantOp, kernel::IndexOp,
                         kernel::BatchSizeOp>(op);
}

std::string dlc::emit::cuda::subscript(StringRef lane) {
  return lane.empty() ? "" : ("[" + lane + "]").str();
}

SmallVector<Value>
dlc::emit::cuda::collectCone(kernel::FusedOp kernel, ArrayRef<Value> roots,
                             llvm::function_ref<bool(Value)> known) {
  DenseSet<Value> needed;
  SmallVector<Value> open(roots);
  while (!open.empty()) {
    Value value = open.pop_back_val();
    if (known(value) || !needed.insert(value).second)
      continue;
    if (Operation *op = value.getDefiningOp(); op && !isa<kernel::ReduceOp>(op))
      llvm::append_range(open, op->getOperands());
  }
  SmallVector<Value> cone;
  Block &block = kernel.getBody().front();
  for (Value argument : block.getArguments())
    if (needed.contains(argument))
      cone.push_back(argument);
  for (Operation &op : block.without_terminator())
    for (Value result : op.getResults())
      if (needed.contains(result))
        cone.push_back(result);
  return cone;
}

/// Four neighbours of an input in registers, or the one that they all read.
static void writeWideLoad(KernelCode &code, BlockArgument argument,
                          const Visit &visit, Scope &scope) {
  unsigned tensor = argument.getArgNumber(), loop = *visit.wideLoop;
  if (code.nest.accesses[tensor].strides[loop] == 0) {
    writeScalar(code, argument, visit.point, scope);
    return;
  }
  Type scalar = code.scalarOf(tensor);
  std::string name = "x" + std::to_string(tensor);
  std::string base =
      code.nameOf(tensor) + " + " + code.locate(tensor, visit.point);
  StringRef load = code.isWide(tensor, loop) ? "load4" : "gather4";
  code.text.line("const Four<" + memoryType(scalar) + "> " + name + " = " +
                 load + "(" + base + ");");
  scope.set(argument, scalar.isInteger(1) ? "(" + name + ".at[lane] != 0)"
                                          : name + ".at[lane]");
}

void dlc::emit::cuda::writeVisit(
    KernelCode &code, const Visit &visit, const Scope &outer,
    llvm::function_ref<void(Scope &, StringRef)> body) {
  SmallVector<Value> roots(visit.roots);
  for (const Output &output : visit.outputs)
    roots.push_back(output.value);
  Scope scope(&outer);
  bool isWide = visit.wideLoop.has_value();
  for (Value value : collectCone(code.kernel, roots, [&](Value value) {
         return !outer.find(value).empty();
       }))
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      if (isWide)
        writeWideLoad(code, argument, visit, scope);
      else
        writeScalar(code, argument, visit.point, scope);
    }

  Point point = visit.point;
  StringRef lane;
  if (isWide) {
    lane = "lane";
    for (const Output &output : visit.outputs)
      code.text.line(
          "Four<" +
          memoryType(code.scalarOf(code.outputTensor(output.number))) + "> y" +
          Twine(output.number) + ";");
    code.text.directive("#pragma unroll");
    code.text.open("for (int lane = 0; lane < 4; ++lane)");
    point[*visit.wideLoop] = "(" + point[*visit.wideLoop] + " + lane)";
  }
  for (Value root : roots)
    writeScalar(code, root, point, scope);
  for (const KeptValue &kept : visit.kept)
    code.text.line(kept.array + "[" + visit.keptIndex +
                   "] = " + writeScalar(code, kept.value, point, scope) + ";");
  body(scope, lane);
  for (const Output &output : visit.outputs) {
    std::string value = writeScalar(code, output.value, point, scope);
    unsigned tensor = code.outputTensor(output.number);
    if (isWide)
      code.text.line("y" + Twine(output.number) + ".at[lane] = " + value + ";");
    else
      code.text.line(code.nameOf(tensor) + "[" + code.locate(tensor, point) +
                     "] = " + value + ";");
  }
  if (!isWide)
    return;
  code.text.close();
  for (const Output &output : visit.outputs) {
    unsigned tensor = code.outputTensor(output.number);
    code.text.line("store4(" + code.nameOf(tensor) + " + " +
                   code.locate(tensor, visit.point) + ", y" +
                   Twine(output.number) + ");");
  }
}
