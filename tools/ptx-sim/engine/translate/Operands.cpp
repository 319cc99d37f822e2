// Registers, numbers, special registers and symbols as LLVM values.
#include "tools/ptx-sim/engine/translate/FunctionTranslator.h"

#include <bit>
#include <cstring>

using namespace ptxsim;
using namespace llvm;

/// Halves and vectors of halves stay bits; only conversions look into them.
llvm::Type *FunctionTranslator::typeOf(Type type) {
  if (type == Type::F32)
    return builder.getFloatTy();
  if (type == Type::F64)
    return builder.getDoubleTy();
  return bits(ptx::bitsOf(type));
}

Value *FunctionTranslator::resize(Value *value, unsigned count, bool isSigned) {
  return isSigned ? builder.CreateSExtOrTrunc(value, bits(count))
                  : builder.CreateZExtOrTrunc(value, bits(count));
}

Value *FunctionTranslator::asBits(Value *value) {
  if (!value->getType()->isFloatingPointTy())
    return value;
  return builder.CreateBitCast(
      value, bits(value->getType()->getPrimitiveSizeInBits()));
}

static Value *loadInvariant(IRBuilder<> &builder, Value *base, size_t offset,
                            llvm::Type *type) {
  Value *place =
      builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), base, offset);
  return builder.CreateLoad(type, place);
}

Value *FunctionTranslator::threadField(size_t offset, llvm::Type *type) {
  return loadInvariant(builder, thread, offset, type);
}

Value *FunctionTranslator::factsField(size_t offset, llvm::Type *type) {
  return loadInvariant(builder, facts, offset, type);
}

Value *FunctionTranslator::read(size_t index, Type type) {
  if (index >= current->operands.size()) {
    fault("instruction " + current->opcode + " has too few operands");
    return PoisonValue::get(typeOf(type));
  }
  return readOperand(current->operands[index], type);
}

Value *FunctionTranslator::readNumber(const Operand &operand, Type type) {
  unsigned count = ptx::bitsOf(type);
  if (operand.kind == Operand::Integer)
    return builder.getInt(
        APInt(count, static_cast<uint64_t>(operand.value), false, true));
  auto number = static_cast<uint64_t>(operand.value);
  if (operand.width == 64 && count == 32)
    number = std::bit_cast<uint32_t>(
        static_cast<float>(std::bit_cast<double>(number)));
  else if (operand.width != count)
    fault("instruction " + current->opcode + " takes no number of " +
          std::to_string(operand.width) + " bits");
  return builder.getInt(APInt(count, number, false, true));
}

Value *FunctionTranslator::readOperand(const Operand &operand, Type type) {
  Value *value = nullptr;
  unsigned count = ptx::bitsOf(type);
  switch (operand.kind) {
  case Operand::Register: {
    unsigned own = ptx::bitsOf(function.registers[operand.reg].type);
    value = builder.CreateLoad(bits(own), registers[operand.reg]);
    value = resize(value, count, ptx::isSigned(type));
    break;
  }
  case Operand::Integer:
  case Operand::Float:
    value = readNumber(operand, type);
    break;
  case Operand::Special:
    value = resize(readSpecial(operand.name), count, false);
    break;
  case Operand::Symbol:
    value = resize(readSymbol(operand), count, false);
    break;
  default:
    fault("instruction " + current->opcode + " has an operand of a form " +
          "that ptx-sim does not know there");
    value = PoisonValue::get(bits(count));
  }
  if (operand.negated)
    value = builder.CreateNot(value);
  return value->getType() == typeOf(type)
             ? value
             : builder.CreateBitCast(value, typeOf(type));
}

void FunctionTranslator::write(size_t index, Type type, Value *value) {
  if (index < current->operands.size())
    return writeOperand(current->operands[index], type, value);
  fault("instruction " + current->opcode + " has too few operands");
}

void FunctionTranslator::writeOperand(const Operand &operand, Type type,
                                      Value *value) {
  if (operand.kind == Operand::Sink)
    return;
  if (operand.kind != Operand::Register)
    return fault("instruction " + current->opcode +
                 " has a result that is no register");
  unsigned own = ptx::bitsOf(function.registers[operand.reg].type);
  builder.CreateStore(resize(asBits(value), own, ptx::isSigned(type)),
                      registers[operand.reg]);
}

/// The x, y or z of "tid.x"; -1 if there is none.
static int axisOf(StringRef name) {
  auto axis = StringRef("xyz").find(name.back());
  return name.size() > 2 && name[name.size() - 2] == '.' &&
                 axis != StringRef::npos
             ? static_cast<int>(axis)
             : -1;
}

Value *FunctionTranslator::readSpecial(const std::string &name) {
  IntegerType *word = bits(32);
  StringRef rest(name);
  if (int axis = axisOf(rest); axis >= 0) {
    size_t offset = axis * sizeof(uint32_t);
    StringRef base = rest.drop_back(2);
    if (base == "%tid")
      return threadField(offsetof(ThreadState, threadIndex) + offset, word);
    if (base == "%ctaid")
      return factsField(offsetof(BlockFacts, blockIndex) + offset, word);
    if (base == "%ntid")
      return factsField(offsetof(BlockFacts, blockSize) + offset, word);
    if (base == "%nctaid")
      return factsField(offsetof(BlockFacts, gridSize) + offset, word);
  }
  if (name == "WARP_SZ")
    return builder.getInt32(32);
  if (name == "%warpid")
    return threadField(offsetof(ThreadState, warp), word);
  if (name == "%dynamic_smem_size")
    return factsField(offsetof(BlockFacts, dynamicBytes), word);
  if (name == "%total_smem_size")
    return builder.CreateAdd(
        factsField(offsetof(BlockFacts, dynamicBytes), word),
        factsField(offsetof(BlockFacts, sharedBytes), word));
  if (name == "%smid" || name == "%gridid")
    return builder.getInt32(0);
  if (name == "%nsmid")
    return builder.getInt32(1);
  if (name == "%clock" || name == "%clock64" || name == "%globaltimer")
    return callRuntime("ptxsim.clock", bits(64), {});
  Value *lane = threadField(offsetof(ThreadState, lane), word);
  if (name == "%laneid")
    return lane;
  Value *own = builder.CreateShl(builder.getInt32(1), lane);
  Value *below = builder.CreateSub(own, builder.getInt32(1));
  if (name == "%lanemask_eq")
    return own;
  if (name == "%lanemask_lt")
    return below;
  if (name == "%lanemask_le")
    return builder.CreateOr(below, own);
  if (name == "%lanemask_ge")
    return builder.CreateNot(below);
  if (name == "%lanemask_gt")
    return builder.CreateNot(builder.CreateOr(below, own));
  fault("special register " + name + " is not one that ptx-sim knows");
  return builder.getInt32(0);
}

/// The last one wins: inner scopes come after outer ones.
const ptx::Variable *FunctionTranslator::findVariable(const std::string &name) {
  for (auto it = function.variables.rbegin(); it != function.variables.rend();
       ++it)
    if (it->name == name)
      return &*it;
  return kernel.findUnitVariable(name);
}

const FunctionTranslator::Place *
FunctionTranslator::findParameter(const std::string &name) {
  auto it = parameters.find(name);
  return it == parameters.end() ? nullptr : &it->second;
}

/// An address: an offset in shared memory, else the host's own.
Value *FunctionTranslator::readSymbol(const Operand &operand) {
  Value *offset = builder.getInt64(static_cast<uint64_t>(operand.value));
  if (const Place *parameter = findParameter(operand.name))
    return builder.CreateAdd(
        builder.CreatePtrToInt(parameter->pointer, bits(64)), offset);
  const ptx::Variable *variable = findVariable(operand.name);
  if (const size_t *place = variable ? kernel.findOffset(variable) : nullptr) {
    Value *base = variable->space == Space::Local
                      ? builder.CreatePtrToInt(local, bits(64))
                      : builder.getInt64(0);
    return builder.CreateAdd(
        base, builder.CreateAdd(builder.getInt64(*place), offset));
  }
  auto address = kernel.addresses.find(operand.name);
  if (address != kernel.addresses.end())
    return builder.CreateAdd(builder.getInt64(address->second), offset);
  fault("name " + operand.name + " is not declared");
  return offset;
}

Value *FunctionTranslator::callRuntime(const char *name, llvm::Type *result,
                                       std::vector<Value *> operands) {
  std::vector<llvm::Type *> types;
  for (Value *operand : operands)
    types.push_back(operand->getType());
  auto *type = FunctionType::get(result, types, false);
  return builder.CreateCall(kernel.runtime(name, type), operands);
}
