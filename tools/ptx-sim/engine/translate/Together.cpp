// Barriers, and what the threads of a warp do together: operands go into the
// thread's state, the engine waits for the others, results come from there.
#include "tools/ptx-sim/engine/translate/FunctionTranslator.h"

using namespace ptxsim;
using namespace llvm;

void FunctionTranslator::setInput(unsigned index, Value *value) {
  builder.CreateStore(value, builder.CreateConstInBoundsGEP1_64(
                                 builder.getInt8Ty(), thread,
                                 offsetof(ThreadState, operands) + 4 * index));
}

Value *FunctionTranslator::output(unsigned index) {
  return threadField(offsetof(ThreadState, results) + 4 * index, bits(32));
}

void FunctionTranslator::runCollective(Collective collective, Value *mask,
                                       unsigned sharedBytes) {
  unsigned site = addSite(sharedBytes, false, false, collective);
  callRuntime("ptxsim.collective", builder.getVoidTy(),
              {thread, builder.getInt32(site), mask});
}

/// bar.sync 0; bar.red.popc.u32 d, 0, p; bar.warp.sync mask.
void FunctionTranslator::barrier() {
  if (words.take("warp")) {
    if (!words.take("sync") || !hasOperands(1))
      return unknown();
    Collective collective;
    collective.kind = Collective::SyncWarp;
    return runCollective(collective, read(0, Type::B32));
  }
  words.take("cta");
  words.take("aligned");
  bool reduces = words.take("red");
  if (!reduces && !words.take("sync"))
    return unknown();
  // A barrier for some of the threads has one operand more.
  if (!hasOperands(reduces ? 3 : 1))
    return;
  const Operand &number = current->operands[reduces ? 1 : 0];
  if (number.kind != Operand::Integer || number.value != 0)
    return fault("instruction " + current->opcode +
                 " names another barrier than 0, the only one of a block that "
                 "ptx-sim knows");
  auto synchronize = [&] {
    callRuntime("ptxsim.barrier", builder.getVoidTy(),
                {thread, builder.getInt32(addSite())});
  };
  if (!reduces) {
    setInput(0, builder.getInt32(0));
    return synchronize();
  }
  int operation = words.takeOneOf({"popc", "and", "or"});
  Type type = words.takeType();
  if (operation < 0 || (type != Type::Pred && type != Type::U32))
    return unknown();
  setInput(0, builder.CreateZExt(read(2, Type::Pred), bits(32)));
  synchronize();
  write(0, type,
        resize(output(static_cast<unsigned>(operation)), ptx::bitsOf(type),
               false));
}

/// shfl.sync.bfly.b32 d|p, a, b, c, mask.
void FunctionTranslator::shuffle() {
  int mode = words.takeOneOf({"up", "down", "bfly", "idx"});
  if (!words.take("sync") || mode < 0 || words.takeType() != Type::B32 ||
      !hasOperands(5))
    return unknown();
  for (unsigned i = 0; i < 3; ++i)
    setInput(i, read(i + 1, Type::B32));
  Collective collective;
  collective.kind = Collective::Shuffle;
  collective.mode = static_cast<Collective::Mode>(Collective::Up + mode);
  runCollective(collective, read(4, Type::B32));
  const Operand &to = current->operands[0];
  if (to.kind != Operand::Pair)
    return write(0, Type::B32, output(0));
  writeOperand(to.parts[0], Type::B32, output(0));
  writeOperand(to.parts[1], Type::Pred,
               builder.CreateTrunc(output(1), bits(1)));
}

void FunctionTranslator::vote() {
  int mode = words.takeOneOf({"all", "any", "uni", "ballot"});
  Type type = words.takeType();
  if (!words.take("sync") || mode < 0 || !hasOperands(3) ||
      (type == Type::B32) != (mode == 3))
    return unknown();
  setInput(0, builder.CreateZExt(read(1, Type::Pred), bits(32)));
  Collective collective;
  collective.kind = Collective::Vote;
  collective.mode = static_cast<Collective::Mode>(Collective::All + mode);
  runCollective(collective, read(2, Type::B32));
  write(0, type, resize(output(0), ptx::bitsOf(type), false));
}

void FunctionTranslator::match() {
  int mode = words.takeOneOf({"all", "any"});
  Type type = words.takeType();
  if (!words.take("sync") || mode < 0 || !hasOperands(3) ||
      (type != Type::B32 && type != Type::B64))
    return unknown();
  Value *value = builder.CreateZExt(read(1, type), bits(64));
  setInput(0, builder.CreateTrunc(value, bits(32)));
  setInput(1, builder.CreateTrunc(builder.CreateLShr(value, 32), bits(32)));
  Collective collective;
  collective.kind = Collective::Match;
  collective.mode = static_cast<Collective::Mode>(Collective::All + mode);
  runCollective(collective, read(2, Type::B32));
  const Operand &to = current->operands[0];
  if (to.kind != Operand::Pair)
    return write(0, Type::B32, output(0));
  writeOperand(to.parts[0], Type::B32, output(0));
  writeOperand(to.parts[1], Type::Pred,
               builder.CreateTrunc(output(1), bits(1)));
}

void FunctionTranslator::reduceWarp() {
  int mode = words.takeOneOf({"add", "min", "max", "and", "or", "xor"});
  Type type = words.takeType();
  if (!words.take("sync") || mode < 0 || ptx::bitsOf(type) != 32 ||
      ptx::isFloat(type) || !hasOperands(3))
    return unknown();
  setInput(0, read(1, type));
  Collective collective;
  collective.kind = Collective::Reduce;
  collective.mode = static_cast<Collective::Mode>(Collective::Add + mode);
  collective.isSigned = ptx::isSigned(type);
  runCollective(collective, read(2, Type::B32));
  write(0, type, output(0));
}

/// Threads are never known to run together: each sees itself alone.
void FunctionTranslator::activeMask() {
  if (words.takeType() != Type::B32 || !hasOperands(1))
    return unknown();
  write(0, Type::B32, readSpecial("%lanemask_eq"));
}
