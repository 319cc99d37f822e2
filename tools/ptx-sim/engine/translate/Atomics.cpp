// atom and red. Those on shared memory need no lock: the threads of a block
// take turns on one CPU thread.
#include "tools/ptx-sim/engine/translate/FunctionTranslator.h"
#include "llvm/IR/Intrinsics.h"

using namespace ptxsim;
using namespace llvm;

namespace {
enum Operation {
  Add,
  Min,
  Max,
  And,
  Or,
  Xor,
  Exchange,
  CompareAndSwap,
  Increment,
  Decrement
};
} // namespace

static AtomicRMWInst::BinOp toLlvm(int operation, ptx::Type type) {
  bool isReal = ptx::isFloat(type);
  bool isSigned = ptx::isSigned(type);
  switch (operation) {
  case Add:
    return isReal ? AtomicRMWInst::FAdd : AtomicRMWInst::Add;
  case Min:
    return isSigned ? AtomicRMWInst::Min : AtomicRMWInst::UMin;
  case Max:
    return isSigned ? AtomicRMWInst::Max : AtomicRMWInst::UMax;
  case And:
    return AtomicRMWInst::And;
  case Or:
    return AtomicRMWInst::Or;
  case Xor:
    return AtomicRMWInst::Xor;
  case Increment:
    return AtomicRMWInst::UIncWrap;
  case Decrement:
    return AtomicRMWInst::UDecWrap;
  default:
    return AtomicRMWInst::Xchg;
  }
}

Value *FunctionTranslator::globalAtomic(int operation, Value *pointer,
                                        Type type,
                                        std::vector<Value *> operands) {
  auto ordering = AtomicOrdering::SequentiallyConsistent;
  if (operation != CompareAndSwap)
    return builder.CreateAtomicRMW(toLlvm(operation, type), pointer,
                                   operands[0], MaybeAlign(), ordering);
  Value *result = builder.CreateAtomicCmpXchg(pointer, operands[0], operands[1],
                                              MaybeAlign(), ordering, ordering);
  return builder.CreateExtractValue(result, 0);
}

Value *FunctionTranslator::sharedAtomic(int operation, Value *pointer,
                                        Type type,
                                        std::vector<Value *> operands) {
  Value *old = builder.CreateLoad(typeOf(type), pointer);
  Value *operand = operands[0];
  Value *next = operand;
  bool isSigned = ptx::isSigned(type);
  auto choose = [&](CmpInst::Predicate predicate) {
    return builder.CreateSelect(builder.CreateICmp(predicate, old, operand),
                                old, operand);
  };
  switch (operation) {
  case Add:
    next = ptx::isFloat(type) ? builder.CreateFAdd(old, operand)
                              : builder.CreateAdd(old, operand);
    break;
  case Min:
    next = choose(isSigned ? CmpInst::ICMP_SLT : CmpInst::ICMP_ULT);
    break;
  case Max:
    next = choose(isSigned ? CmpInst::ICMP_SGT : CmpInst::ICMP_UGT);
    break;
  case And:
    next = builder.CreateAnd(old, operand);
    break;
  case Or:
    next = builder.CreateOr(old, operand);
    break;
  case Xor:
    next = builder.CreateXor(old, operand);
    break;
  case CompareAndSwap:
    next = builder.CreateSelect(builder.CreateICmpEQ(old, operand), operands[1],
                                old);
    break;
  case Increment:
    next = builder.CreateSelect(
        builder.CreateICmpUGE(old, operand),
        Constant::getNullValue(old->getType()),
        builder.CreateAdd(old, ConstantInt::get(old->getType(), 1)));
    break;
  case Decrement:
    next = builder.CreateSelect(
        builder.CreateOr(builder.CreateIsNull(old),
                         builder.CreateICmpUGT(old, operand)),
        operand, builder.CreateSub(old, ConstantInt::get(old->getType(), 1)));
    break;
  default:
    break;
  }
  builder.CreateStore(next, pointer);
  return old;
}

void FunctionTranslator::atomic() { atomicAccess(true); }
void FunctionTranslator::reduceAtomically() { atomicAccess(false); }

void FunctionTranslator::atomicAccess(bool hasResult) {
  words.takeOneOf({"relaxed", "acquire", "release", "acq_rel"});
  words.takeOneOf({"cta", "gpu", "sys"});
  words.dropCacheHints();
  Space space = words.takeSpace();
  int operation = words.takeOneOf(
      {"add", "min", "max", "and", "or", "xor", "exch", "cas", "inc", "dec"});
  Type type = words.takeType();
  unsigned first = hasResult ? 1 : 0;
  unsigned count = operation == CompareAndSwap ? 2 : 1;
  bool isReal = type == Type::F32 || type == Type::F64;
  if (operation < 0 || type == Type::None || ptx::bitsOf(type) < 32 ||
      (ptx::isFloat(type) && !(isReal && operation == Add)) ||
      space == Space::Local || space == Space::Const || space == Space::Param ||
      !hasOperands(first + 1 + count))
    return unknown();
  unsigned bytes = ptx::bytesOf(type);
  Value *pointer =
      checkAddress(current->operands[first], space, bytes, true, true);
  std::vector<Value *> operands;
  for (unsigned i = 0; i < count; ++i)
    operands.push_back(read(first + 1 + i, type));
  Value *old = space == Space::Shared
                   ? sharedAtomic(operation, pointer, type, operands)
                   : globalAtomic(operation, pointer, type, operands);
  if (hasResult) {
    write(0, type, old);
    poll();
  }
}

void FunctionTranslator::fence() {
  words.takeOneOf({"sc", "acq_rel"});
  if (words.takeOneOf({"gl", "cta", "sys", "gpu"}) < 0)
    return unknown();
  builder.CreateFence(AtomicOrdering::SequentiallyConsistent);
}

/// After an access that other threads may see, let them run: the thread may be
/// waiting for them.
void FunctionTranslator::poll() {
  if (!kernel.code.waits || !loops)
    return;
  callRuntime("ptxsim.pause", builder.getVoidTy(),
              {thread, builder.getInt32(addSite())});
}
