// Branches, calls and ends.
#include "tools/ptx-sim/engine/translate/FunctionTranslator.h"

using namespace ptxsim;
using namespace llvm;

void FunctionTranslator::branch() {
  words.take("uni");
  if (!hasOperands(1) || current->operands[0].kind != Operand::Symbol)
    return unknown();
  builder.CreateBr(blocks[current->operands[0].name]);
}

/// brx.idx i, table: to the label that stands at i.
void FunctionTranslator::branchIndexed() {
  words.take("uni");
  if (!words.take("idx") || !hasOperands(2))
    return unknown();
  auto table = function.branchTargets.find(current->operands[1].name);
  if (table == function.branchTargets.end())
    return fault("table " + current->operands[1].name +
                 " of branch targets does not exist");
  auto *outside = BasicBlock::Create(code->getContext(), "", code);
  SwitchInst *choice = builder.CreateSwitch(
      read(0, Type::U32), outside, static_cast<unsigned>(table->second.size()));
  unsigned index = 0;
  for (const std::string &label : table->second)
    choice->addCase(builder.getInt32(index++), blocks[label]);
  builder.SetInsertPoint(outside);
  trap();
}

void FunctionTranslator::leave() {
  words.take("uni");
  builder.CreateRetVoid();
}

void FunctionTranslator::exitThread() {
  if (function.isEntry)
    return leave();
  callRuntime("ptxsim.exit", builder.getVoidTy(), {thread});
  builder.CreateUnreachable();
}

void FunctionTranslator::trap() {
  callRuntime("ptxsim.trap", builder.getVoidTy(),
              {thread, builder.getInt32(addSite())});
  builder.CreateUnreachable();
}

/// call.uni (result), function, (parameters);
void FunctionTranslator::call() {
  words.take("uni");
  const std::vector<Operand> &operands = current->operands;
  size_t at = !operands.empty() && operands[0].kind == Operand::List ? 1 : 0;
  if (at >= operands.size() || operands[at].kind != Operand::Symbol)
    return unknown();
  const std::string &name = operands[at].name;
  if (name == "__assertfail") {
    callRuntime("ptxsim.assert", builder.getVoidTy(),
                {thread, builder.getInt32(addSite())});
    builder.CreateUnreachable();
    return;
  }
  llvm::Function *callee = kernel.findFunction(name);
  if (!callee)
    return fault("function " + name +
                 " has no body, and ptx-sim has none "
                 "of that name");
  std::vector<Value *> arguments = {thread};
  std::vector<const Operand *> places;
  if (at == 1)
    for (const Operand &part : operands[0].parts)
      places.push_back(&part);
  if (at + 1 < operands.size())
    for (const Operand &part : operands[at + 1].parts)
      places.push_back(&part);
  for (const Operand *place : places) {
    const Place *parameter = findParameter(place->name);
    if (!parameter)
      return fault("call of " + name + " passes " + place->name +
                   ", which is not in .param");
    arguments.push_back(parameter->pointer);
  }
  if (arguments.size() != callee->arg_size())
    return fault("call of " + name + " has " +
                 std::to_string(arguments.size() - 1) +
                 " results and parameters but it takes " +
                 std::to_string(callee->arg_size() - 1));
  builder.CreateCall(callee, arguments);
}

void FunctionTranslator::sleep() {
  if (words.takeType() != Type::U32 || !hasOperands(1))
    return unknown();
  poll();
}

void FunctionTranslator::ignore() {}
