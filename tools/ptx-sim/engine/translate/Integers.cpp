// add, sub, mul, mad, div, rem, abs, neg, min, max; those of floats go on to
// Floats.cpp.
#include "tools/ptx-sim/engine/translate/FunctionTranslator.h"
#include "llvm/IR/Intrinsics.h"

using namespace ptxsim;
using namespace llvm;

static bool isReal(ptx::Type type) {
  return type == ptx::Type::F32 || type == ptx::Type::F64;
}

/// The type of the operation, F32 and F64 included; None after a fault.
static ptx::Type typeIn(const ptx::Instruction &instruction) {
  return ptx::parseType(instruction.words.back()).value_or(ptx::Type::None);
}

static bool isWholeNumber(ptx::Type type) {
  return !ptx::isFloat(type) && ptx::bitsOf(type) >= 16;
}

void FunctionTranslator::add() {
  if (isReal(typeIn(*current)))
    return floatBinary(Instruction::FAdd, "ptxsim.add");
  sumWithCarry(false);
}

void FunctionTranslator::subtract() {
  if (isReal(typeIn(*current)))
    return floatBinary(Instruction::FSub, "ptxsim.add");
  sumWithCarry(true);
}

/// add, sub and their chains: .cc writes the carry, addc and subc read it.
void FunctionTranslator::sumWithCarry(bool subtracts) {
  Type type = words.takeType();
  if (!isWholeNumber(type) || !hasOperands(3))
    return unknown();
  if (words.take("sat")) {
    if (type != Type::S32)
      return unknown();
    return write(0, type,
                 builder.CreateBinaryIntrinsic(subtracts ? Intrinsic::ssub_sat
                                                         : Intrinsic::sadd_sat,
                                               read(1, type), read(2, type)));
  }
  addCarry(read(1, type), read(2, type), subtracts, type);
}

/// Writes operand 0: a + b or a - b, with the carry or borrow in and out.
void FunctionTranslator::addCarry(Value *a, Value *b, bool subtracts,
                                  Type type) {
  bool reads = current->words[0].ends_with('c');
  bool writes = words.take("cc");
  unsigned count = ptx::bitsOf(type);
  Value *in = reads ? builder.CreateZExt(builder.CreateLoad(bits(1), carry),
                                         bits(count))
                    : builder.getIntN(count, 0);
  if (!writes) {
    Value *sum = subtracts ? builder.CreateSub(a, b) : builder.CreateAdd(a, b);
    if (reads)
      sum = subtracts ? builder.CreateSub(sum, in) : builder.CreateAdd(sum, in);
    return write(0, type, sum);
  }
  unsigned wide = count + 1;
  Value *first = builder.CreateZExt(a, bits(wide));
  Value *second = builder.CreateZExt(b, bits(wide));
  Value *third = builder.CreateZExt(in, bits(wide));
  Value *sum = subtracts
                   ? builder.CreateSub(builder.CreateSub(first, second), third)
                   : builder.CreateAdd(builder.CreateAdd(first, second), third);
  builder.CreateStore(
      builder.CreateTrunc(builder.CreateLShr(sum, count), bits(1)), carry);
  write(0, type, builder.CreateTrunc(sum, bits(count)));
}

Value *FunctionTranslator::multiplyWide(Value *a, Value *b, Type type) {
  unsigned wide = 2 * ptx::bitsOf(type);
  bool isSigned = ptx::isSigned(type);
  return builder.CreateMul(resize(a, wide, isSigned),
                           resize(b, wide, isSigned));
}

Value *FunctionTranslator::multiplyHigh(Value *a, Value *b, Type type) {
  unsigned count = ptx::bitsOf(type);
  return builder.CreateTrunc(
      builder.CreateLShr(multiplyWide(a, b, type), count), bits(count));
}

/// The type with twice the bits.
static ptx::Type widen(ptx::Type type) {
  switch (type) {
  case ptx::Type::U16:
    return ptx::Type::U32;
  case ptx::Type::S16:
    return ptx::Type::S32;
  case ptx::Type::U32:
    return ptx::Type::U64;
  case ptx::Type::S32:
    return ptx::Type::S64;
  default:
    return ptx::Type::None;
  }
}

void FunctionTranslator::multiply() {
  if (isReal(typeIn(*current)))
    return floatBinary(Instruction::FMul, "ptxsim.mul");
  Type type = words.takeType();
  int part = words.takeOneOf({"lo", "hi", "wide"});
  if (!isWholeNumber(type) || part < 0 || !hasOperands(3))
    return unknown();
  Value *a = read(1, type);
  Value *b = read(2, type);
  if (part == 0)
    return write(0, type, builder.CreateMul(a, b));
  if (part == 1)
    return write(0, type, multiplyHigh(a, b, type));
  if (widen(type) == Type::None)
    return unknown();
  write(0, widen(type), multiplyWide(a, b, type));
}

void FunctionTranslator::multiplyAdd() {
  if (isReal(typeIn(*current)))
    return floatFma();
  Type type = words.takeType();
  int part = words.takeOneOf({"lo", "hi", "wide"});
  if (!isWholeNumber(type) || part < 0 || !hasOperands(4))
    return unknown();
  Value *a = read(1, type);
  Value *b = read(2, type);
  if (part == 2) {
    if (widen(type) == Type::None)
      return unknown();
    Value *sum =
        builder.CreateAdd(multiplyWide(a, b, type), read(3, widen(type)));
    return write(0, widen(type), sum);
  }
  Value *product =
      part == 0 ? builder.CreateMul(a, b) : multiplyHigh(a, b, type);
  addCarry(product, read(3, type), false, type);
}

/// Division by zero gives what the GPU does, all bits set (the dividend as
/// remainder), and the least number by -1 wraps.
Value *FunctionTranslator::safeDivide(bool remainder, Value *a, Value *b,
                                      Type type) {
  unsigned count = ptx::bitsOf(type);
  bool isSigned = ptx::isSigned(type);
  Value *zero = builder.getIntN(count, 0);
  Value *one = builder.getIntN(count, 1);
  Value *byZero = builder.CreateICmpEQ(b, zero);
  Value *special = byZero;
  if (isSigned) {
    Value *least = builder.getInt(APInt::getSignedMinValue(count));
    Value *minusOne = builder.getInt(APInt::getAllOnes(count));
    special = builder.CreateOr(
        special, builder.CreateAnd(builder.CreateICmpEQ(a, least),
                                   builder.CreateICmpEQ(b, minusOne)));
  }
  Value *divisor = builder.CreateSelect(special, one, b);
  Value *result = nullptr;
  if (remainder)
    result = isSigned ? builder.CreateSRem(a, divisor)
                      : builder.CreateURem(a, divisor);
  else
    result = isSigned ? builder.CreateSDiv(a, divisor)
                      : builder.CreateUDiv(a, divisor);
  Value *ofZero = remainder ? a : builder.getInt(APInt::getAllOnes(count));
  return builder.CreateSelect(byZero, ofZero, result);
}

void FunctionTranslator::divide() {
  if (isReal(typeIn(*current)))
    return floatDivide();
  Type type = words.takeType();
  if (!isWholeNumber(type) || !hasOperands(3))
    return unknown();
  write(0, type, safeDivide(false, read(1, type), read(2, type), type));
}

void FunctionTranslator::remainder() {
  Type type = words.takeType();
  if (!isWholeNumber(type) || !hasOperands(3))
    return unknown();
  write(0, type, safeDivide(true, read(1, type), read(2, type), type));
}

void FunctionTranslator::absolute() {
  if (isReal(typeIn(*current)))
    return floatSign(false);
  Type type = words.takeType();
  if (!isWholeNumber(type) || !hasOperands(2))
    return unknown();
  write(0, type,
        builder.CreateBinaryIntrinsic(Intrinsic::abs, read(1, type),
                                      builder.getFalse()));
}

void FunctionTranslator::negate() {
  if (isReal(typeIn(*current)))
    return floatSign(true);
  Type type = words.takeType();
  if (!isWholeNumber(type) || !hasOperands(2))
    return unknown();
  write(0, type, builder.CreateNeg(read(1, type)));
}

void FunctionTranslator::minimum() { minMax(false); }
void FunctionTranslator::maximum() { minMax(true); }

void FunctionTranslator::minMax(bool isMax) {
  if (isReal(typeIn(*current)))
    return floatMinMax(isMax);
  Type type = words.takeType();
  if (!isWholeNumber(type) || !hasOperands(3))
    return unknown();
  Intrinsic::ID id = ptx::isSigned(type)
                         ? (isMax ? Intrinsic::smax : Intrinsic::smin)
                         : (isMax ? Intrinsic::umax : Intrinsic::umin);
  write(0, type,
        builder.CreateBinaryIntrinsic(id, read(1, type), read(2, type)));
}
