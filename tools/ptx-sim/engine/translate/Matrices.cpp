// mma.sync, ldmatrix and cp.async.
#include "tools/ptx-sim/engine/translate/FunctionTranslator.h"

using namespace ptxsim;
using namespace llvm;

/// mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {d}, {a}, {b}, {c}.
void FunctionTranslator::multiplyMatrices() {
  int shape = words.takeOneOf({"m16n8k4", "m16n8k8", "m16n8k16"});
  bool known = words.take("sync") && words.take("aligned") &&
               words.take("row") && words.take("col") && shape >= 0;
  Type result = words.takeType();
  Type a = words.takeType();
  Type b = words.takeType();
  Type c = words.takeType();
  bool isTf32 = a == Type::TF32;
  bool isHalf = a == Type::F16 || a == Type::BF16;
  bool sumKnown =
      result == Type::F32 || (result == Type::F16 && a == Type::F16);
  if (!known || a != b || c != result || !sumKnown || !(isTf32 || isHalf) ||
      (isTf32 ? shape > 1 : shape < 1) || !hasOperands(4))
    return unknown();
  Collective collective;
  collective.kind = Collective::Multiply;
  collective.mode = isTf32            ? Collective::TF32
                    : a == Type::BF16 ? Collective::BF16
                                      : Collective::F16;
  collective.count = 4u << shape;
  collective.halfSum = result == Type::F16;
  unsigned perRegister = isTf32 ? 1 : 2;
  size_t expected[4] = {
      collective.halfSum ? 2u : 4u, collective.count / (2 * perRegister),
      collective.count / (4 * perRegister), collective.halfSum ? 2u : 4u};
  unsigned input = 0;
  for (unsigned i = 0; i < 4; ++i) {
    const Operand &list = current->operands[i];
    if (list.kind != Operand::List || list.parts.size() != expected[i])
      return unknown();
    if (i > 0)
      for (const Operand &part : list.parts)
        setInput(input++, readOperand(part, Type::B32));
  }
  runCollective(collective, builder.getInt32(0xffffffff));
  unsigned index = 0;
  for (const Operand &part : current->operands[0].parts)
    writeOperand(part, Type::B32, output(index++));
}

/// ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {d}, [address].
void FunctionTranslator::loadMatrix() {
  bool known =
      words.take("sync") && words.take("aligned") && words.take("m8n8");
  int times = words.takeOneOf({"x1", "x2", "x4"});
  Collective collective;
  collective.kind = Collective::LoadMatrix;
  collective.transposed = words.take("trans");
  Space space = words.takeSpace();
  if (!known || times < 0 || words.takeType() != Type::B16 ||
      (space != Space::Shared && space != Space::Generic) || !hasOperands(2))
    return unknown();
  collective.count = 1u << times;
  const Operand &to = current->operands[0];
  if (to.kind != Operand::List || to.parts.size() != collective.count)
    return unknown();
  Value *address = readAddress(current->operands[1]);
  if (space == Space::Generic)
    address =
        builder.CreateSub(address, builder.CreatePtrToInt(shared, bits(64)));
  Value *offset = builder.CreateTrunc(address, bits(32));
  // The first lanes name rows; the addresses of the others mean nothing.
  Value *lane = threadField(offsetof(ThreadState, lane), bits(32));
  Value *namesRow =
      builder.CreateICmpULT(lane, builder.getInt32(8 * collective.count));
  auto *check = BasicBlock::Create(code->getContext(), "", code);
  auto *after = BasicBlock::Create(code->getContext(), "", code);
  builder.CreateCondBr(namesRow, check, after);
  builder.SetInsertPoint(check);
  checkShared(offset, 16, false, false);
  builder.CreateBr(after);
  builder.SetInsertPoint(after);
  setInput(0, offset);
  runCollective(collective, builder.getInt32(0xffffffff), 16);
  unsigned index = 0;
  for (const Operand &part : to.parts)
    writeOperand(part, Type::B32, output(index++));
}

/// cp.async.ca.shared.global [to], [from], bytes{, bytes to read}, and what
/// waits for it.
void FunctionTranslator::copyAsync() {
  if (!words.take("async"))
    return unknown();
  auto wait = [&](Value *pending) {
    callRuntime("ptxsim.wait", builder.getVoidTy(), {thread, pending});
  };
  auto commit = [&] {
    callRuntime("ptxsim.commit", builder.getVoidTy(), {thread});
  };
  if (words.take("commit_group"))
    return commit();
  if (words.take("wait_all")) {
    commit();
    return wait(builder.getInt32(0));
  }
  if (words.take("wait_group")) {
    if (!hasOperands(1))
      return;
    return wait(read(0, Type::U32));
  }
  int cache = words.takeOneOf({"ca", "cg"});
  bool toShared = words.take("shared") || words.take("shared::cta");
  bool fromGlobal = words.take("global");
  words.dropCacheHints();
  if (cache < 0 || !toShared || !fromGlobal || !hasOperands(3, 4) ||
      current->operands[2].kind != Operand::Integer)
    return unknown();
  int64_t bytes = current->operands[2].value;
  if (bytes != 16 && (cache == 1 || (bytes != 4 && bytes != 8)))
    return unknown();
  Value *to = builder.CreateTrunc(readAddress(current->operands[0]), bits(32));
  Value *from = readAddress(current->operands[1]);
  Value *fromBytes = current->operands.size() == 4
                         ? read(3, Type::U32)
                         : builder.getInt32(static_cast<uint32_t>(bytes));
  countTraffic(static_cast<unsigned>(bytes));
  unsigned site = addSite(static_cast<unsigned>(bytes), true);
  callRuntime("ptxsim.copy", builder.getVoidTy(),
              {thread, builder.getInt32(site), to, from, fromBytes});
}
