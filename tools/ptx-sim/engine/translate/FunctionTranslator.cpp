// The frame of a function: blocks, guards, and which instruction goes where.
#include "tools/ptx-sim/engine/translate/FunctionTranslator.h"

using namespace ptxsim;
using namespace llvm;

FunctionTranslator::FunctionTranslator(KernelTranslator &kernel,
                                       const ptx::Function &function,
                                       llvm::Function *code)
    : kernel(kernel), function(function), code(code),
      builder(code->getContext()), loops(hasLoop(function)) {}

const std::unordered_map<std::string_view, FunctionTranslator::Handler> &
FunctionTranslator::handlers() {
  using T = FunctionTranslator;
  static const std::unordered_map<std::string_view, Handler> table = {
      {"add", &T::add},
      {"addc", &T::add},
      {"sub", &T::subtract},
      {"subc", &T::subtract},
      {"mul", &T::multiply},
      {"mad", &T::multiplyAdd},
      {"madc", &T::multiplyAdd},
      {"fma", &T::floatFma},
      {"div", &T::divide},
      {"rem", &T::remainder},
      {"abs", &T::absolute},
      {"neg", &T::negate},
      {"min", &T::minimum},
      {"max", &T::maximum},
      {"and", &T::logic},
      {"or", &T::logic},
      {"xor", &T::logic},
      {"not", &T::bitNot},
      {"cnot", &T::countNot},
      {"lop3", &T::lop3},
      {"shl", &T::shift},
      {"shr", &T::shift},
      {"shf", &T::funnelShift},
      {"bfe", &T::bitFieldExtract},
      {"bfi", &T::bitFieldInsert},
      {"bfind", &T::findBit},
      {"popc", &T::countBits},
      {"clz", &T::leadingZeros},
      {"brev", &T::reverseBits},
      {"prmt", &T::permute},
      {"mov", &T::move},
      {"selp", &T::select},
      {"ex2", &T::approximate},
      {"lg2", &T::approximate},
      {"sin", &T::approximate},
      {"cos", &T::approximate},
      {"tanh", &T::approximate},
      {"rsqrt", &T::approximate},
      {"sqrt", &T::squareRoot},
      {"rcp", &T::reciprocal},
      {"copysign", &T::copySign},
      {"testp", &T::testProperty},
      {"setp", &T::setPredicate},
      {"set", &T::setValue},
      {"cvt", &T::convert},
      {"cvta", &T::toSpace},
      {"isspacep", &T::isInSpace},
      {"ld", &T::load},
      {"ldu", &T::load},
      {"st", &T::store},
      {"prefetch", &T::prefetch},
      {"prefetchu", &T::prefetch},
      {"atom", &T::atomic},
      {"red", &T::reduceAtomically},
      {"membar", &T::fence},
      {"fence", &T::fence},
      {"bra", &T::branch},
      {"brx", &T::branchIndexed},
      {"ret", &T::leave},
      {"exit", &T::exitThread},
      {"trap", &T::trap},
      {"call", &T::call},
      {"nanosleep", &T::sleep},
      {"brkpt", &T::ignore},
      {"bar", &T::barrier},
      {"barrier", &T::barrier},
      {"shfl", &T::shuffle},
      {"vote", &T::vote},
      {"match", &T::match},
      {"redux", &T::reduceWarp},
      {"activemask", &T::activeMask},
      {"mma", &T::multiplyMatrices},
      {"ldmatrix", &T::loadMatrix},
      {"cp", &T::copyAsync},
  };
  return table;
}

void FunctionTranslator::fault(std::string message) {
  kernel.fault(current ? current->line : function.line, std::move(message));
}

void FunctionTranslator::unknown() {
  fault("instruction " + current->opcode +
        " is not one that ptx-sim knows; it runs what dlc emits for sm_80");
}

bool FunctionTranslator::hasOperands(size_t least, size_t most) {
  size_t count = current->operands.size();
  if (count >= least && count <= most)
    return true;
  fault("instruction " + current->opcode + " has " + std::to_string(count) +
        " operands but takes " + std::to_string(least) +
        (least == most ? "" : " to " + std::to_string(most)));
  return false;
}

void FunctionTranslator::branchTo(BasicBlock *block) {
  if (!builder.GetInsertBlock()->getTerminator())
    builder.CreateBr(block);
}

void FunctionTranslator::addBlocks() {
  for (const ptx::Statement &statement : function.body)
    if (!statement.label.empty())
      blocks[statement.label] =
          BasicBlock::Create(code->getContext(), statement.label, code);
}

/// Registers as stack slots, which LLVM turns into values, and what does not
/// change while the thread runs.
void FunctionTranslator::enter() {
  builder.SetInsertPoint(
      BasicBlock::Create(code->getContext(), "entry", code, nullptr));
  code->splice(code->begin(), code, builder.GetInsertBlock()->getIterator());
  for (const ptx::Register &reg : function.registers) {
    IntegerType *type = bits(ptx::bitsOf(reg.type));
    registers.push_back(builder.CreateAlloca(type));
    // What is read before it is written is the same in every run.
    builder.CreateStore(Constant::getAllOnesValue(type), registers.back());
  }
  carry = builder.CreateAlloca(bits(1));
  thread = code->getArg(0);
  PointerType *pointer = builder.getPtrTy();
  facts = threadField(offsetof(ThreadState, facts), pointer);
  shared = threadField(offsetof(ThreadState, shared), pointer);
  lastRanges = factsField(offsetof(BlockFacts, lastRanges), pointer);
  traffic = factsField(offsetof(BlockFacts, traffic), pointer);
  if (size_t bytes = kernel.code.info.localBytes; bytes && function.isEntry) {
    AllocaInst *depot =
        builder.CreateAlloca(ArrayType::get(builder.getInt8Ty(), bytes));
    depot->setAlignment(Align(64));
    builder.CreateMemSet(depot, builder.getInt8(0xff), bytes, Align(64));
    builder.CreateStore(
        depot, builder.CreateConstInBoundsGEP1_64(
                   builder.getInt8Ty(), thread, offsetof(ThreadState, local)));
  }
  local = threadField(offsetof(ThreadState, local), pointer);

  if (function.isEntry) {
    Value *buffer = factsField(offsetof(BlockFacts, parameters), pointer);
    for (size_t i = 0; i < function.parameters.size(); ++i) {
      const Parameter &parameter = kernel.code.info.parameters[i];
      parameters[function.parameters[i].name] = {
          builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), buffer,
                                             parameter.offset),
          parameter.size};
    }
    return;
  }
  unsigned argument = 1;
  for (const ptx::Variable &result : function.results)
    parameters[result.name] = {code->getArg(argument++), result.bytes};
  for (const ptx::Variable &parameter : function.parameters)
    parameters[parameter.name] = {code->getArg(argument++), parameter.bytes};
}

void FunctionTranslator::run() {
  addBlocks();
  enter();
  // Where calls put parameters and results. Scopes that follow each other may
  // use one name twice; the larger one serves both.
  std::unordered_map<std::string, size_t> sizes;
  for (const ptx::Variable &variable : function.variables)
    if (variable.space == Space::Param)
      sizes[variable.name] = std::max(sizes[variable.name], variable.bytes);
  for (auto &[name, bytes] : sizes) {
    AllocaInst *place = builder.CreateAlloca(
        ArrayType::get(builder.getInt8Ty(), std::max<size_t>(bytes, 1)));
    place->setAlignment(Align(16));
    parameters[name] = {place, bytes};
  }
  for (const ptx::Statement &statement : function.body) {
    if (!statement.label.empty()) {
      branchTo(blocks[statement.label]);
      builder.SetInsertPoint(blocks[statement.label]);
      continue;
    }
    if (builder.GetInsertBlock()->getTerminator())
      builder.SetInsertPoint(BasicBlock::Create(code->getContext(), "", code));
    translate(statement.instruction);
  }
  current = nullptr;
  if (!builder.GetInsertBlock()->getTerminator())
    builder.CreateRetVoid();
}

void FunctionTranslator::translate(const ptx::Instruction &instruction) {
  current = &instruction;
  if (!instruction.guard)
    return dispatch();
  Value *condition = builder.CreateLoad(bits(1), registers[*instruction.guard]);
  if (instruction.guardNegated)
    condition = builder.CreateNot(condition);
  auto *guarded = BasicBlock::Create(code->getContext(), "", code);
  auto *after = BasicBlock::Create(code->getContext(), "", code);
  builder.CreateCondBr(condition, guarded, after);
  builder.SetInsertPoint(guarded);
  dispatch();
  branchTo(after);
  builder.SetInsertPoint(after);
}

void FunctionTranslator::dispatch() {
  auto handler = handlers().find(current->words[0]);
  if (handler == handlers().end())
    return unknown();
  words = Words(current->words);
  (this->*handler->second)();
  if (!words.empty())
    unknown();
}
