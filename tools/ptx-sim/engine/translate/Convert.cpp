// cvt in all its directions, and addresses between state spaces.
#include "tools/ptx-sim/engine/translate/FunctionTranslator.h"
#include "llvm/IR/Intrinsics.h"

using namespace ptxsim;
using namespace llvm;

static bool isHalf(ptx::Type type) {
  return type == ptx::Type::F16 || type == ptx::Type::BF16;
}

static bool isReal(ptx::Type type) {
  return type == ptx::Type::F32 || type == ptx::Type::F64;
}

Value *FunctionTranslator::widenHalf(Value *value, Type type) {
  if (type == Type::F16)
    return callRuntime("ptxsim.fromF16", builder.getFloatTy(), {value});
  Value *wide = builder.CreateShl(builder.CreateZExt(value, bits(32)), 16);
  return builder.CreateBitCast(wide, builder.getFloatTy());
}

Value *FunctionTranslator::narrowToHalf(Value *value, Type type) {
  return callRuntime(type == Type::F16 ? "ptxsim.toF16" : "ptxsim.toBf16",
                     bits(16), {value});
}

/// d = {a, b} as halves, the first operand above the second.
void FunctionTranslator::packHalves(Type to, bool relu) {
  Type half = to == Type::F16x2 ? Type::F16 : Type::BF16;
  Type from = words.takeType();
  if (takeRounding() != Rounding::Nearest || from != Type::F32 ||
      !hasOperands(3))
    return unknown();
  Value *parts[2];
  for (unsigned i = 0; i < 2; ++i) {
    Value *value = read(i + 1, from);
    if (relu)
      value = builder.CreateSelect(
          builder.CreateFCmpOLT(value, ConstantFP::get(value->getType(), 0)),
          ConstantFP::get(value->getType(), 0), value);
    parts[i] = builder.CreateZExt(narrowToHalf(value, half), bits(32));
  }
  write(0, to, builder.CreateOr(builder.CreateShl(parts[0], 16), parts[1]));
}

/// cvt.rna.tf32.f32: to 10 bits of fraction, ties away from zero.
void FunctionTranslator::convertTf32() {
  Type from = words.takeType();
  if (!words.take("rna") || from != Type::F32 || !hasOperands(2))
    return unknown();
  Value *value = read(1, from);
  Value *whole = asBits(value);
  Value *result =
      builder.CreateAnd(builder.CreateAdd(whole, builder.getInt32(0x1000)),
                        builder.getInt32(0xffffe000));
  Value *isFinite = builder.createIsFPClass(value, fcFinite);
  write(0, Type::B32, builder.CreateSelect(isFinite, result, whole));
}

/// rounding: 0 nearest even, 1 toward zero, 2 down, 3 up.
Value *FunctionTranslator::roundToIntegral(Value *value, int rounding) {
  static constexpr Intrinsic::ID ids[] = {Intrinsic::roundeven,
                                          Intrinsic::trunc, Intrinsic::floor,
                                          Intrinsic::ceil};
  return builder.CreateUnaryIntrinsic(ids[rounding], value);
}

/// Out of range gives the nearest number; NaN gives 0, or where 64 bits take
/// part only the highest bit.
Value *FunctionTranslator::floatToInteger(Value *value, Type from, Type to,
                                          int rounding) {
  value = roundToIntegral(value, rounding);
  Intrinsic::ID id =
      ptx::isSigned(to) ? Intrinsic::fptosi_sat : Intrinsic::fptoui_sat;
  Value *result =
      builder.CreateIntrinsic(id, {typeOf(to), value->getType()}, {value});
  if (from != Type::F64 && ptx::bitsOf(to) < 64)
    return result;
  unsigned count = ptx::bitsOf(to);
  return builder.CreateSelect(builder.CreateFCmpUNO(value, value),
                              builder.getInt(APInt::getSignMask(count)),
                              result);
}

Value *FunctionTranslator::integerToFloat(Value *value, Type from, Type to,
                                          Rounding rounding) {
  bool isSigned = ptx::isSigned(from);
  if (rounding == Rounding::Nearest)
    return isSigned ? builder.CreateSIToFP(value, typeOf(to))
                    : builder.CreateUIToFP(value, typeOf(to));
  return rounded(isSigned ? "ptxsim.fromS" : "ptxsim.fromU", to,
                 {resize(value, 64, isSigned)}, rounding);
}

Value *FunctionTranslator::floatToFloat(Value *value, Type from, Type to,
                                        Rounding rounding) {
  if (from == to)
    return value;
  if (to == Type::F64)
    return builder.CreateFPExt(value, typeOf(to));
  if (rounding == Rounding::Nearest)
    return builder.CreateFPTrunc(value, typeOf(to));
  return callRuntime(
      "ptxsim.narrow", typeOf(to),
      {value, builder.getInt32(static_cast<uint32_t>(rounding))});
}

Value *FunctionTranslator::integerToInteger(Value *value, Type from, Type to,
                                            bool saturates) {
  unsigned count = ptx::bitsOf(to);
  if (!saturates)
    return resize(value, count, ptx::isSigned(from));
  // 66 bits hold every value of both types with a sign.
  unsigned wide = 66;
  APInt least = ptx::isSigned(to) ? APInt::getSignedMinValue(count).sext(wide)
                                  : APInt(wide, 0);
  APInt most = ptx::isSigned(to) ? APInt::getSignedMaxValue(count).zext(wide)
                                 : APInt::getMaxValue(count).zext(wide);
  value = resize(value, wide, ptx::isSigned(from));
  value = builder.CreateBinaryIntrinsic(Intrinsic::smax, value,
                                        builder.getInt(least));
  value = builder.CreateBinaryIntrinsic(Intrinsic::smin, value,
                                        builder.getInt(most));
  return builder.CreateTrunc(value, bits(count));
}

void FunctionTranslator::convert() {
  Type to = words.takeType();
  bool relu = words.take("relu");
  if (to == Type::F16x2 || to == Type::BF16x2)
    return packHalves(to, relu);
  if (to == Type::TF32)
    return convertTf32();
  Type from = words.takeType();
  int integral = words.takeOneOf({"rni", "rzi", "rmi", "rpi"});
  Rounding rounding = takeRounding();
  bool ftz = words.take("ftz");
  bool sat = words.take("sat");
  if (from == Type::None || relu || !hasOperands(2))
    return unknown();
  Value *value = read(1, from);
  Type source = from;
  if (isHalf(from)) {
    value = widenHalf(value, from);
    source = Type::F32;
  }
  value = source == Type::F32 ? flush(value, ftz) : value;
  bool toFloat = isReal(to) || isHalf(to);
  Type target = isHalf(to) ? Type::F32 : to;
  Value *result = nullptr;
  if (!isReal(source) && !toFloat) {
    result = integerToInteger(value, from, to, sat);
  } else if (!toFloat) {
    if (integral < 0)
      return unknown();
    result = floatToInteger(value, source, to, integral);
  } else if (!isReal(source)) {
    result = integerToFloat(value, from, target, rounding);
  } else {
    if (integral >= 0)
      value = roundToIntegral(value, integral);
    // From double to half in one rounding needs more than float between.
    if (isHalf(to) && (source == Type::F64 || rounding != Rounding::Nearest))
      return unknown();
    result = saturate(floatToFloat(value, source, target, rounding), sat);
    result = flush(result, ftz);
  }
  write(0, to, isHalf(to) ? narrowToHalf(result, to) : result);
}

/// cvta: only shared memory has addresses of its own.
void FunctionTranslator::toSpace() {
  bool isTo = words.take("to");
  Space space = words.takeSpace();
  Type type = words.takeType();
  if (type != Type::U64 || space == Space::Generic || !hasOperands(2))
    return unknown();
  Value *value = read(1, type);
  if (space == Space::Shared) {
    Value *base = builder.CreatePtrToInt(shared, bits(64));
    value =
        isTo ? builder.CreateSub(value, base) : builder.CreateAdd(value, base);
  }
  write(0, type, value);
}

/// isspacep: global is whatever is neither shared nor local.
void FunctionTranslator::isInSpace() {
  Space space = words.takeSpace();
  if (!hasOperands(2) || (space != Space::Shared && space != Space::Local &&
                          space != Space::Global))
    return unknown();
  Value *address = read(1, Type::U64);
  auto isWithin = [&](Value *base, Value *bytes) {
    return builder.CreateICmpULT(
        builder.CreateSub(address, builder.CreatePtrToInt(base, bits(64))),
        bytes);
  };
  Value *dynamic = builder.CreateZExt(
      factsField(offsetof(BlockFacts, dynamicBytes), bits(32)), bits(64));
  Value *isShared = isWithin(
      shared, builder.CreateAdd(
                  dynamic, builder.getInt64(kernel.code.shared.dynamicOffset)));
  Value *isLocal =
      isWithin(local, builder.getInt64(kernel.code.info.localBytes));
  Value *result = space == Space::Shared ? isShared
                  : space == Space::Local
                      ? isLocal
                      : builder.CreateNot(builder.CreateOr(isShared, isLocal));
  write(0, Type::Pred, result);
}
