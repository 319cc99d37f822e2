// ld and st, with a check in front of each. Whatever the check cannot see to be
// right goes to the engine, which reports a fault or remembers a range.
#include "tools/ptx-sim/engine/memory/Shadow.h"
#include "tools/ptx-sim/engine/translate/FunctionTranslator.h"
#include "llvm/IR/MDBuilder.h"

using namespace ptxsim;
using namespace llvm;

unsigned FunctionTranslator::addSite(unsigned bytes, bool writes, bool atomic,
                                     Collective collective) {
  return kernel.addSite(
      {current->line, current->opcode, bytes, writes, atomic, collective});
}

template <typename Fallback>
void FunctionTranslator::guard(Value *wrong, Fallback fallback) {
  auto *cold = BasicBlock::Create(code->getContext(), "", code);
  auto *after = BasicBlock::Create(code->getContext(), "", code);
  builder.CreateCondBr(
      wrong, cold, after,
      MDBuilder(code->getContext()).createUnlikelyBranchWeights());
  builder.SetInsertPoint(cold);
  fallback();
  builder.CreateBr(after);
  builder.SetInsertPoint(after);
}

Value *FunctionTranslator::readAddress(const Operand &address) {
  if (address.kind != Operand::Address) {
    fault("instruction " + current->opcode + " has no address in [ ]");
    return builder.getInt64(0);
  }
  Value *base = readOperand(address.parts[0], Type::U64);
  return builder.CreateAdd(
      base, builder.getInt64(static_cast<uint64_t>(address.value)));
}

/// Adds to Traffic, as a plain number: one CPU thread runs the block. A scalar
/// of eight bytes is an address that all threads of a warp read from a table.
void FunctionTranslator::countTraffic(unsigned bytes) {
  if (bytes == 8 && current->opcode.find(".v2") == std::string::npos)
    return;
  Value *place = builder.CreateConstInBoundsGEP1_64(
      builder.getInt8Ty(), traffic,
      bytes == 16 ? offsetof(Traffic, wide) : offsetof(Traffic, narrow));
  builder.CreateStore(builder.CreateAdd(builder.CreateLoad(bits(64), place),
                                        builder.getInt64(bytes)),
                      place);
}

Value *FunctionTranslator::checkAddress(const Operand &address, Space space,
                                        unsigned bytes, bool writes,
                                        bool atomic) {
  if (space == Space::Param)
    return checkParameter(address, bytes);
  Value *place = readAddress(address);
  if (space == Space::Shared)
    return checkShared(builder.CreateTrunc(place, bits(32)), bytes, writes,
                       atomic);
  if (space == Space::Local)
    return checkLocal(place, bytes, writes);
  if (space == Space::Global || space == Space::Generic)
    countTraffic(bytes);
  return checkRange(place, space, bytes, writes, atomic);
}

Value *FunctionTranslator::sharedPointer(Value *offset) {
  return builder.CreateGEP(builder.getInt8Ty(), shared,
                           builder.CreateZExt(offset, bits(64)));
}

/// True where this read cannot be wrong: its cells hold stamps of a read by
/// this thread, its warp or many since the last barrier (Shadow::readStamps).
Value *FunctionTranslator::isKnownRead(Value *offset, unsigned bytes) {
  unsigned shift = countr_zero(kernel.code.shared.granule);
  unsigned cells = std::max(bytes >> shift, 1u);
  Value *stamp =
      builder.CreateLoad(bits(64), threadField(offsetof(ThreadState, warpStamp),
                                               builder.getPtrTy()));
  Value *linear = builder.CreateZExt(
      threadField(offsetof(ThreadState, linear), bits(32)), bits(64));
  Value *own =
      builder.CreateOr(stamp, builder.CreateAdd(linear, builder.getInt64(1)));
  Value *warp = builder.CreateOr(
      stamp, builder.CreateAdd(builder.CreateLShr(linear, 5),
                               builder.getInt64(Stamp::warpWho)));
  uint64_t barriers = ~uint64_t{0} << Stamp::barrierShift;
  Value *many =
      builder.CreateOr(builder.CreateAnd(stamp, builder.getInt64(barriers)),
                       builder.getInt64(Stamp::manyWho));
  Value *place = builder.CreateGEP(
      bits(64),
      factsField(offsetof(BlockFacts, sharedReads), builder.getPtrTy()),
      builder.CreateZExt(builder.CreateLShr(offset, shift), bits(64)));
  Value *read = builder.CreateAlignedLoad(FixedVectorType::get(bits(64), cells),
                                          place, Align(8));
  Value *known = nullptr;
  for (Value *wanted : {own, warp, many}) {
    Value *equal =
        builder.CreateICmpEQ(read, builder.CreateVectorSplat(cells, wanted));
    known = known ? builder.CreateOr(known, equal) : equal;
  }
  return builder.CreateAndReduce(known);
}

Value *FunctionTranslator::checkShared(Value *offset, unsigned bytes,
                                       bool writes, bool atomic) {
  unsigned site = addSite(bytes, writes, atomic);
  auto check = [&] {
    callRuntime(
        "ptxsim.shared", builder.getVoidTy(),
        {thread, builder.getInt32(site), offset, builder.getInt32(bytes)});
  };
  if (writes || atomic) {
    check();
    return sharedPointer(offset);
  }
  auto *inside = BasicBlock::Create(code->getContext(), "", code);
  auto *cold = BasicBlock::Create(code->getContext(), "", code);
  auto *after = BasicBlock::Create(code->getContext(), "", code);
  MDNode *unlikely =
      MDBuilder(code->getContext()).createUnlikelyBranchWeights();
  Value *end = factsField(offsetof(BlockFacts, sharedEnd), bits(64));
  Value *last = builder.CreateAdd(builder.CreateZExt(offset, bits(64)),
                                  builder.getInt64(bytes));
  Value *low = builder.CreateAnd(offset, builder.getInt32(bytes - 1));
  builder.CreateCondBr(builder.CreateOr(builder.CreateICmpUGT(last, end),
                                        builder.CreateIsNotNull(low)),
                       cold, inside, unlikely);
  builder.SetInsertPoint(inside);
  builder.CreateCondBr(builder.CreateNot(isKnownRead(offset, bytes)), cold,
                       after, unlikely);
  builder.SetInsertPoint(cold);
  check();
  builder.CreateBr(after);
  builder.SetInsertPoint(after);
  return sharedPointer(offset);
}

Value *FunctionTranslator::checkLocal(Value *address, unsigned bytes,
                                      bool writes) {
  unsigned site = addSite(bytes, writes);
  Value *offset =
      builder.CreateSub(address, builder.CreatePtrToInt(local, bits(64)));
  uint64_t size = kernel.code.info.localBytes;
  Value *wrong = builder.CreateICmpUGE(
      offset, builder.getInt64(size >= bytes ? size - bytes + 1 : 0));
  Value *low = builder.CreateAnd(address, builder.getInt64(bytes - 1));
  wrong = builder.CreateOr(wrong, builder.CreateIsNotNull(low));
  guard(wrong, [&] {
    callRuntime("ptxsim.local", builder.getVoidTy(),
                {thread, builder.getInt32(site), address});
  });
  return builder.CreateGEP(builder.getInt8Ty(), local, offset);
}

/// Compares with the range that this instruction hit last.
Value *FunctionTranslator::checkRange(Value *address, Space space,
                                      unsigned bytes, bool writes,
                                      bool atomic) {
  unsigned site = addSite(bytes, writes, atomic);
  unsigned slot = kernel.addRangeSlot();
  Value *entry = builder.CreateConstInBoundsGEP1_64(
      builder.getInt8Ty(), lastRanges, slot * sizeof(LastRange));
  Value *begin = builder.CreateLoad(bits(64), entry);
  Value *limit = builder.CreateLoad(
      bits(64), builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), entry,
                                                   offsetof(LastRange, limit)));
  Value *outside =
      builder.CreateICmpUGE(builder.CreateSub(address, begin), limit);
  Value *low = builder.CreateAnd(address, builder.getInt64(bytes - 1));
  Value *wrong = builder.CreateOr(outside, builder.CreateIsNotNull(low));
  guard(wrong, [&] {
    callRuntime(
        "ptxsim.range", builder.getVoidTy(),
        {thread, builder.getInt32(site), builder.getInt32(slot), address});
  });
  return builder.CreateIntToPtr(address, builder.getPtrTy());
}

/// Bytes of a parameter of this function, or of one that it passes or receives.
Value *FunctionTranslator::checkParameter(const Operand &address,
                                          unsigned bytes) {
  const Operand *name =
      address.kind == Operand::Address && !address.parts.empty()
          ? &address.parts[0]
          : nullptr;
  if (name && name->kind == Operand::Symbol)
    if (const Place *place = findParameter(name->name)) {
      auto offset = static_cast<uint64_t>(address.value + name->value);
      if (offset > place->bytes || bytes > place->bytes - offset)
        fault("instruction " + current->opcode + " accesses bytes past the " +
              std::to_string(place->bytes) + " of " + name->name);
      return builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(),
                                                place->pointer, offset);
    }
  // By a register: anywhere in the kernel's parameters.
  Value *pointer = readAddress(address);
  Value *base = builder.CreatePtrToInt(
      factsField(offsetof(BlockFacts, parameters), builder.getPtrTy()),
      bits(64));
  uint64_t size = kernel.code.info.parameterBytes;
  Value *wrong = builder.CreateICmpUGE(
      builder.CreateSub(pointer, base),
      builder.getInt64(size >= bytes ? size - bytes + 1 : 0));
  unsigned site = addSite(bytes);
  unsigned slot = kernel.addRangeSlot();
  guard(wrong, [&] {
    callRuntime(
        "ptxsim.range", builder.getVoidTy(),
        {thread, builder.getInt32(site), builder.getInt32(slot), pointer});
  });
  return builder.CreateIntToPtr(pointer, builder.getPtrTy());
}

namespace {
/// What stands between "ld" or "st" and its type.
struct AccessWords {
  bool isVolatile;
  bool isOrdered; // Acquire or release.
  bool isStrong;
  unsigned lanes;
};
} // namespace

static AccessWords takeAccess(Words &words) {
  AccessWords access = {};
  access.isVolatile = words.take("volatile");
  bool relaxed = words.take("relaxed");
  access.isOrdered = words.take("acquire") || words.take("release");
  access.isStrong = access.isVolatile || relaxed || access.isOrdered;
  words.take("weak");
  words.takeOneOf({"cta", "gpu", "sys", "cluster"});
  words.dropCacheHints();
  int vector = words.takeOneOf({"v2", "v4"});
  access.lanes = vector < 0 ? 1 : vector == 0 ? 2 : 4;
  return access;
}

/// The parts of {a, b}, or the operand itself.
static std::vector<ptx::Operand> lanesOf(const ptx::Operand &operand) {
  return operand.kind == ptx::Operand::List ? operand.parts
                                            : std::vector{operand};
}

void FunctionTranslator::load() {
  AccessWords access = takeAccess(words);
  Space space = words.takeSpace();
  Type type = words.takeType();
  if (type == Type::None || type == Type::Pred || !words.empty() ||
      !hasOperands(2))
    return unknown();
  std::vector<Operand> results = lanesOf(current->operands[0]);
  if (results.size() != access.lanes)
    return unknown();
  unsigned bytes = ptx::bytesOf(type) * access.lanes;
  Value *pointer =
      checkAddress(current->operands[1], space, bytes, false, access.isStrong);
  // A parameter that a caller passes may be packed less tightly.
  Align alignment(space == Space::Param ? 1 : bytes);
  if (access.lanes == 1) {
    LoadInst *value =
        builder.CreateAlignedLoad(typeOf(type), pointer, alignment);
    value->setVolatile(access.isVolatile);
    if (access.isStrong)
      value->setAtomic(access.isOrdered ? AtomicOrdering::Acquire
                                        : AtomicOrdering::Monotonic);
    writeOperand(results[0], type, value);
  } else {
    auto *vector = FixedVectorType::get(typeOf(type), access.lanes);
    LoadInst *value = builder.CreateAlignedLoad(vector, pointer, alignment,
                                                access.isVolatile);
    for (unsigned i = 0; i < access.lanes; ++i)
      writeOperand(results[i], type, builder.CreateExtractElement(value, i));
  }
  if (access.isStrong)
    poll();
}

void FunctionTranslator::store() {
  AccessWords access = takeAccess(words);
  Space space = words.takeSpace();
  Type type = words.takeType();
  if (type == Type::None || type == Type::Pred || space == Space::Const ||
      !words.empty() || !hasOperands(2))
    return unknown();
  std::vector<Operand> operands = lanesOf(current->operands[1]);
  if (operands.size() != access.lanes)
    return unknown();
  unsigned bytes = ptx::bytesOf(type) * access.lanes;
  Value *pointer =
      checkAddress(current->operands[0], space, bytes, true, access.isStrong);
  Align alignment(space == Space::Param ? 1 : bytes);
  if (access.lanes == 1) {
    StoreInst *store = builder.CreateAlignedStore(
        readOperand(operands[0], type), pointer, alignment, access.isVolatile);
    if (access.isStrong)
      store->setAtomic(access.isOrdered ? AtomicOrdering::Release
                                        : AtomicOrdering::Monotonic);
    return;
  }
  auto *vectorType = FixedVectorType::get(typeOf(type), access.lanes);
  Value *vector = PoisonValue::get(vectorType);
  for (unsigned i = 0; i < access.lanes; ++i)
    vector =
        builder.CreateInsertElement(vector, readOperand(operands[i], type), i);
  builder.CreateAlignedStore(vector, pointer, alignment, access.isVolatile);
}

/// Where to cache is no matter here.
void FunctionTranslator::prefetch() {
  words.takeSpace();
  words.takeOneOf({"L1", "L2"});
  words.dropCacheHints();
}
