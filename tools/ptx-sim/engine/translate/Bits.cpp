// Logic, shifts, fields of bits, and moves.
#include "tools/ptx-sim/engine/translate/FunctionTranslator.h"
#include "llvm/IR/Intrinsics.h"

using namespace ptxsim;
using namespace llvm;

void FunctionTranslator::logic() {
  Type type = words.takeType();
  if (type == Type::None || !hasOperands(3))
    return unknown();
  Value *a = read(1, type);
  Value *b = read(2, type);
  if (current->words[0] == "and")
    return write(0, type, builder.CreateAnd(a, b));
  if (current->words[0] == "or")
    return write(0, type, builder.CreateOr(a, b));
  write(0, type, builder.CreateXor(a, b));
}

void FunctionTranslator::bitNot() {
  Type type = words.takeType();
  if (type == Type::None || !hasOperands(2))
    return unknown();
  write(0, type, builder.CreateNot(read(1, type)));
}

void FunctionTranslator::countNot() {
  Type type = words.takeType();
  if (type == Type::None || !hasOperands(2))
    return unknown();
  Value *isZero = builder.CreateIsNull(read(1, type));
  write(0, type, builder.CreateZExt(isZero, typeOf(type)));
}

/// Bit i of the result is bit (4 a + 2 b + c) of the table.
void FunctionTranslator::lop3() {
  Type type = words.takeType();
  if (type != Type::B32 || !hasOperands(5) ||
      current->operands[4].kind != Operand::Integer)
    return unknown();
  Value *result = builder.getInt32(0);
  for (unsigned term = 0; term < 8; ++term) {
    if (!(current->operands[4].value >> term & 1))
      continue;
    Value *product = builder.getInt32(0xffffffff);
    for (unsigned i = 0; i < 3; ++i) {
      Value *operand = read(i + 1, type);
      product = builder.CreateAnd(
          product, term >> (2 - i) & 1 ? operand : builder.CreateNot(operand));
    }
    result = builder.CreateOr(result, product);
  }
  write(0, type, result);
}

/// Shifts by the width or more give 0, or copies of the sign.
void FunctionTranslator::shift() {
  Type type = words.takeType();
  if (type == Type::None || ptx::isFloat(type) || !hasOperands(3))
    return unknown();
  unsigned count = ptx::bitsOf(type);
  Value *value = read(1, type);
  Value *distance = read(2, Type::U32);
  Value *tooFar = builder.CreateICmpUGE(distance, builder.getInt32(count));
  bool isArithmetic = current->words[0] == "shr" && ptx::isSigned(type);
  Value *clamped = builder.CreateSelect(
      tooFar, builder.getInt32(isArithmetic ? count - 1 : 0), distance);
  clamped = resize(clamped, count, false);
  if (isArithmetic)
    return write(0, type, builder.CreateAShr(value, clamped));
  Value *result = current->words[0] == "shl"
                      ? builder.CreateShl(value, clamped)
                      : builder.CreateLShr(value, clamped);
  write(0, type,
        builder.CreateSelect(tooFar, builder.getIntN(count, 0), result));
}

/// shf.l: the upper word of b:a shifted left; shf.r: the lower one shifted
/// right.
void FunctionTranslator::funnelShift() {
  int direction = words.takeOneOf({"l", "r"});
  int mode = words.takeOneOf({"wrap", "clamp"});
  Type type = words.takeType();
  if (direction < 0 || mode < 0 || type != Type::B32 || !hasOperands(4))
    return unknown();
  Value *distance = read(3, Type::U32);
  if (mode == 0)
    distance = builder.CreateAnd(distance, builder.getInt32(31));
  else
    distance = builder.CreateBinaryIntrinsic(Intrinsic::umin, distance,
                                             builder.getInt32(32));
  Value *wide = builder.CreateOr(
      builder.CreateShl(builder.CreateZExt(read(2, type), bits(64)), 32),
      builder.CreateZExt(read(1, type), bits(64)));
  distance = builder.CreateZExt(distance, bits(64));
  Value *result =
      direction == 0 ? builder.CreateLShr(builder.CreateShl(wide, distance), 32)
                     : builder.CreateLShr(wide, distance);
  write(0, type, builder.CreateTrunc(result, bits(32)));
}

/// Begin and length are taken modulo 256; bits beyond the value are 0, or
/// copies of the sign of the field.
void FunctionTranslator::bitFieldExtract() {
  Type type = words.takeType();
  if (type == Type::None || ptx::bitsOf(type) < 32 || !hasOperands(4))
    return unknown();
  unsigned count = ptx::bitsOf(type);
  bool isSigned = ptx::isSigned(type);
  // With 320 bits no shift is too far.
  unsigned wide = 320;
  Value *begin = builder.CreateAnd(read(2, Type::U32), builder.getInt32(255));
  Value *length = builder.CreateAnd(read(3, Type::U32), builder.getInt32(255));
  Value *value = resize(read(1, type), wide, isSigned);
  Value *field = builder.CreateLShr(value, resize(begin, wide, false));
  if (!isSigned)
    field = builder.CreateLShr(resize(read(1, type), wide, false),
                               resize(begin, wide, false));
  Value *rest = builder.CreateSub(builder.getInt32(wide), length);
  Value *isEmpty = builder.CreateICmpEQ(length, builder.getInt32(0));
  rest = builder.CreateSelect(isEmpty, builder.getInt32(0), rest);
  rest = resize(rest, wide, false);
  field = builder.CreateShl(field, rest);
  field = isSigned ? builder.CreateAShr(field, rest)
                   : builder.CreateLShr(field, rest);
  write(0, type,
        builder.CreateSelect(isEmpty, builder.getIntN(count, 0),
                             builder.CreateTrunc(field, bits(count))));
}

void FunctionTranslator::bitFieldInsert() {
  Type type = words.takeType();
  if (type == Type::None || ptx::bitsOf(type) < 32 || !hasOperands(5))
    return unknown();
  unsigned count = ptx::bitsOf(type);
  unsigned wide = 576;
  auto widened = [&](Value *value) { return resize(value, wide, false); };
  Value *begin =
      widened(builder.CreateAnd(read(3, Type::U32), builder.getInt32(255)));
  Value *length =
      widened(builder.CreateAnd(read(4, Type::U32), builder.getInt32(255)));
  Value *one = builder.getInt(APInt(wide, 1));
  Value *mask = builder.CreateSub(builder.CreateShl(one, length), one);
  Value *field =
      builder.CreateShl(builder.CreateAnd(widened(read(1, type)), mask), begin);
  mask = builder.CreateShl(mask, begin);
  Value *rest =
      builder.CreateAnd(widened(read(2, type)), builder.CreateNot(mask));
  write(0, type,
        builder.CreateTrunc(builder.CreateOr(rest, field), bits(count)));
}

/// The highest bit that is 1 (for negative numbers: 0), or all bits set.
void FunctionTranslator::findBit() {
  bool asShift = words.take("shiftamt");
  Type type = words.takeType();
  if (type == Type::None || ptx::bitsOf(type) < 32 || !hasOperands(2))
    return unknown();
  unsigned count = ptx::bitsOf(type);
  Value *value = read(1, type);
  if (ptx::isSigned(type))
    value = builder.CreateXor(value, builder.CreateAShr(value, count - 1));
  Value *zeros =
      builder.CreateBinaryIntrinsic(Intrinsic::ctlz, value, builder.getFalse());
  Value *isNone = builder.CreateIsNull(value);
  Value *place =
      asShift ? zeros
              : builder.CreateSub(builder.getIntN(count, count - 1), zeros);
  write(0, Type::U32,
        builder.CreateSelect(isNone, builder.getInt32(0xffffffff),
                             resize(place, 32, false)));
}

void FunctionTranslator::countBits() {
  Type type = words.takeType();
  if (type == Type::None || !hasOperands(2))
    return unknown();
  Value *count = builder.CreateUnaryIntrinsic(Intrinsic::ctpop, read(1, type));
  write(0, Type::U32, resize(count, 32, false));
}

void FunctionTranslator::leadingZeros() {
  Type type = words.takeType();
  if (type == Type::None || !hasOperands(2))
    return unknown();
  Value *count = builder.CreateBinaryIntrinsic(Intrinsic::ctlz, read(1, type),
                                               builder.getFalse());
  write(0, Type::U32, resize(count, 32, false));
}

void FunctionTranslator::reverseBits() {
  Type type = words.takeType();
  if (type == Type::None || !hasOperands(2))
    return unknown();
  write(0, type,
        builder.CreateUnaryIntrinsic(Intrinsic::bitreverse, read(1, type)));
}

/// Byte i of the result is the byte of b:a that nibble i names, or its sign in
/// all bits.
void FunctionTranslator::permute() {
  Type type = words.takeType();
  if (type != Type::B32 || !hasOperands(4) || !words.empty())
    return unknown();
  Value *wide = builder.CreateOr(
      builder.CreateZExt(read(1, type), bits(64)),
      builder.CreateShl(builder.CreateZExt(read(2, type), bits(64)), 32));
  Value *selector = builder.CreateZExt(read(3, type), bits(64));
  Value *result = builder.getInt32(0);
  for (unsigned i = 0; i < 4; ++i) {
    Value *nibble = builder.CreateLShr(selector, 4 * i);
    Value *distance =
        builder.CreateShl(builder.CreateAnd(nibble, builder.getInt64(7)), 3);
    Value *byte =
        builder.CreateTrunc(builder.CreateLShr(wide, distance), bits(8));
    Value *sign = builder.CreateAShr(byte, 7);
    Value *wantsSign =
        builder.CreateTrunc(builder.CreateLShr(nibble, 3), bits(1));
    byte = builder.CreateSelect(wantsSign, sign, byte);
    result = builder.CreateOr(
        result, builder.CreateShl(builder.CreateZExt(byte, bits(32)), 8 * i));
  }
  write(0, type, result);
}

/// Also packs {a, b} into one register, and unpacks.
void FunctionTranslator::move() {
  Type type = words.takeType();
  if (type == Type::None || !hasOperands(2))
    return unknown();
  const Operand &to = current->operands[0];
  const Operand &from = current->operands[1];
  const Operand &list = to.kind == Operand::List ? to : from;
  if (list.kind != Operand::List)
    return write(0, type, read(1, type));
  size_t lanes = list.parts.size();
  if ((lanes != 2 && lanes != 4) || ptx::bitsOf(type) / lanes < 8)
    return unknown();
  auto width = static_cast<unsigned>(ptx::bitsOf(type) / lanes);
  Type part = width == 32 ? Type::B32 : width == 16 ? Type::B16 : Type::B8;
  if (to.kind == Operand::List) {
    Value *value = asBits(read(1, type));
    for (unsigned i = 0; i < lanes; ++i)
      writeOperand(to.parts[i], part,
                   builder.CreateTrunc(builder.CreateLShr(value, width * i),
                                       bits(width)));
    return;
  }
  Value *packed = builder.getIntN(ptx::bitsOf(type), 0);
  for (unsigned i = 0; i < lanes; ++i)
    packed = builder.CreateOr(
        packed,
        builder.CreateShl(builder.CreateZExt(readOperand(from.parts[i], part),
                                             packed->getType()),
                          width * i));
  write(0, type, packed);
}

void FunctionTranslator::select() {
  Type type = words.takeType();
  if (type == Type::None || !hasOperands(4))
    return unknown();
  write(
      0, type,
      builder.CreateSelect(read(3, Type::Pred), read(1, type), read(2, type)));
}
