// Arithmetic of f32 and f64 as IEEE 754 says, .ftz and .sat where they stand.
#include "tools/ptx-sim/engine/translate/FunctionTranslator.h"
#include "llvm/IR/Intrinsics.h"

#include <cfloat>

using namespace ptxsim;
using namespace llvm;

Rounding FunctionTranslator::takeRounding() {
  int rounding = words.takeOneOf({"rn", "rz", "rm", "rp"});
  return rounding < 0 ? Rounding::Nearest : static_cast<Rounding>(rounding);
}

/// .ftz: subnormal numbers become zeros of their sign.
Value *FunctionTranslator::flush(Value *value, bool when) {
  if (!when || !value->getType()->isFloatTy())
    return value;
  Value *magnitude = builder.CreateUnaryIntrinsic(Intrinsic::fabs, value);
  Value *isTiny = builder.CreateFCmpOLT(
      magnitude, ConstantFP::get(value->getType(), FLT_MIN));
  Value *zero = builder.CreateBinaryIntrinsic(
      Intrinsic::copysign, ConstantFP::get(value->getType(), 0), value);
  return builder.CreateSelect(isTiny, zero, value);
}

/// .sat: into [0, 1], NaN to 0.
Value *FunctionTranslator::saturate(Value *value, bool when) {
  if (!when)
    return value;
  Value *zero = ConstantFP::get(value->getType(), 0);
  Value *one = ConstantFP::get(value->getType(), 1);
  value = builder.CreateSelect(builder.CreateFCmpOGT(value, zero), value, zero);
  return builder.CreateSelect(builder.CreateFCmpOGT(value, one), one, value);
}

Value *FunctionTranslator::rounded(const char *name, Type type,
                                   std::vector<Value *> operands,
                                   Rounding rounding) {
  std::string full = name + std::to_string(ptx::bitsOf(type));
  operands.push_back(builder.getInt32(static_cast<uint32_t>(rounding)));
  return callRuntime(full.c_str(), typeOf(type), std::move(operands));
}

void FunctionTranslator::floatBinary(Instruction::BinaryOps operation,
                                     const char *name) {
  Type type = words.takeType();
  bool ftz = words.take("ftz");
  bool sat = words.take("sat");
  Rounding rounding = takeRounding();
  if (!hasOperands(3))
    return;
  Value *a = flush(read(1, type), ftz);
  Value *b = flush(read(2, type), ftz);
  Value *result = nullptr;
  if (rounding == Rounding::Nearest) {
    result = builder.CreateBinOp(operation, a, b);
  } else {
    if (operation == Instruction::FSub)
      b = builder.CreateFNeg(b);
    result = rounded(name, type, {a, b}, rounding);
  }
  write(0, type, flush(saturate(result, sat), ftz));
}

void FunctionTranslator::floatFma() {
  Type type = words.takeType();
  bool ftz = words.take("ftz");
  bool sat = words.take("sat");
  Rounding rounding = takeRounding();
  if ((type != Type::F32 && type != Type::F64) || !hasOperands(4))
    return unknown();
  std::vector<Value *> operands;
  for (unsigned i = 1; i <= 3; ++i)
    operands.push_back(flush(read(i, type), ftz));
  Value *result =
      rounding == Rounding::Nearest
          ? builder.CreateIntrinsic(Intrinsic::fma, {typeOf(type)}, operands)
          : rounded("ptxsim.fma", type, operands, rounding);
  write(0, type, flush(saturate(result, sat), ftz));
}

/// A NaN gives the other operand, unless .NaN is asked; -0 is less than 0. Said
/// by comparisons: LLVM 22 takes minimumnum(x, maximumnum(x, y)) for x, also
/// where x is NaN.
void FunctionTranslator::floatMinMax(bool isMax) {
  Type type = words.takeType();
  bool ftz = words.take("ftz");
  bool keepsNaN = words.take("NaN");
  if (!hasOperands(3))
    return;
  Value *a = flush(read(1, type), ftz);
  Value *b = flush(read(2, type), ftz);
  Value *takesFirst =
      isMax ? builder.CreateFCmpOGT(a, b) : builder.CreateFCmpOLT(a, b);
  // Equal numbers have equal bits, but for the signs of zeros.
  Value *ofEqual = isMax ? builder.CreateAnd(asBits(a), asBits(b))
                         : builder.CreateOr(asBits(a), asBits(b));
  Value *result = builder.CreateSelect(
      builder.CreateFCmpOEQ(a, b), builder.CreateBitCast(ofEqual, typeOf(type)),
      builder.CreateSelect(takesFirst, a, b));
  // The comparisons are false where a number is NaN: then the result is b.
  Value *isNaN = builder.CreateFCmpUNO(keepsNaN ? a : b, keepsNaN ? a : b);
  write(0, type, builder.CreateSelect(isNaN, a, result));
}

void FunctionTranslator::floatSign(bool negates) {
  Type type = words.takeType();
  bool ftz = words.take("ftz");
  if (!hasOperands(2))
    return;
  Value *value = flush(read(1, type), ftz);
  write(0, type,
        negates ? builder.CreateFNeg(value)
                : builder.CreateUnaryIntrinsic(Intrinsic::fabs, value));
}

void FunctionTranslator::floatDivide() {
  Type type = words.takeType();
  bool ftz = words.take("ftz");
  words.takeOneOf({"approx", "full"});
  Rounding rounding = takeRounding();
  if (!hasOperands(3))
    return;
  Value *a = flush(read(1, type), ftz);
  Value *b = flush(read(2, type), ftz);
  Value *result = rounding == Rounding::Nearest
                      ? builder.CreateFDiv(a, b)
                      : rounded("ptxsim.div", type, {a, b}, rounding);
  write(0, type, flush(result, ftz));
}

void FunctionTranslator::squareRoot() {
  Type type = words.takeType();
  bool ftz = words.take("ftz");
  words.take("approx");
  Rounding rounding = takeRounding();
  if ((type != Type::F32 && type != Type::F64) || !hasOperands(2))
    return unknown();
  Value *value = flush(read(1, type), ftz);
  Value *result = rounding == Rounding::Nearest
                      ? builder.CreateUnaryIntrinsic(Intrinsic::sqrt, value)
                      : rounded("ptxsim.sqrt", type, {value}, rounding);
  write(0, type, flush(result, ftz));
}

void FunctionTranslator::reciprocal() {
  Type type = words.takeType();
  // rcp.approx.ftz.f64 keeps 20 bits on a GPU, which callers then refine.
  bool ftz = words.take("ftz");
  words.take("approx");
  Rounding rounding = takeRounding();
  if ((type != Type::F32 && type != Type::F64) || !hasOperands(2))
    return unknown();
  Value *one = ConstantFP::get(typeOf(type), 1);
  Value *value = flush(read(1, type), ftz);
  Value *result = rounding == Rounding::Nearest
                      ? builder.CreateFDiv(one, value)
                      : rounded("ptxsim.div", type, {one, value}, rounding);
  write(0, type, flush(result, ftz));
}

/// ex2, lg2, sin, cos, tanh, rsqrt.
void FunctionTranslator::approximate() {
  bool approx = words.take("approx");
  bool ftz = words.take("ftz");
  Type type = words.takeType();
  std::string name = "ptxsim." + current->words[0];
  bool isDouble = type == Type::F64 && current->words[0] == "rsqrt";
  if (!approx || (type != Type::F32 && !isDouble) || !hasOperands(2))
    return unknown();
  if (isDouble)
    name += "64";
  Value *value = flush(read(1, type), ftz);
  Value *result = callRuntime(name.c_str(), typeOf(type), {value});
  write(0, type, flush(result, ftz));
}

/// The sign of the first operand, the magnitude of the second.
void FunctionTranslator::copySign() {
  Type type = words.takeType();
  if ((type != Type::F32 && type != Type::F64) || !hasOperands(3))
    return unknown();
  write(0, type,
        builder.CreateBinaryIntrinsic(Intrinsic::copysign, read(2, type),
                                      read(1, type)));
}

void FunctionTranslator::testProperty() {
  static constexpr FPClassTest tests[] = {
      fcFinite, fcInf, ~fcNan & fcAllFlags, fcNan, fcNormal, fcSubnormal};
  int property = words.takeOneOf(
      {"finite", "infinite", "number", "notanumber", "normal", "subnormal"});
  Type type = words.takeType();
  if (property < 0 || (type != Type::F32 && type != Type::F64) ||
      !hasOperands(2))
    return unknown();
  write(0, Type::Pred, builder.createIsFPClass(read(1, type), tests[property]));
}
