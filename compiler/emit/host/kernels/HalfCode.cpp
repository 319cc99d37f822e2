// Shifts and adds: bf16 is the upper half of an f32, f16 needs its exponent
// moved.
#include "compiler/emit/host/kernels/HalfCode.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace dlc::emit::host;

namespace {

/// Short names for i32 arithmetic on the bits of f32.
struct Code {
  ImplicitLocOpBuilder &b;

  Value integer(uint32_t x) {
    return arith::ConstantOp::create(b, b.getI32IntegerAttr(int32_t(x)));
  }
  Value bits(Value x) { return arith::BitcastOp::create(b, b.getI32Type(), x); }
  Value number(Value bits) {
    return arith::BitcastOp::create(b, b.getF32Type(), bits);
  }
  Value widen(Value half) {
    return arith::ExtUIOp::create(b, b.getI32Type(), half);
  }
  Value narrow(Value x) {
    return arith::TruncIOp::create(b, b.getI16Type(), x);
  }
  Value add(Value x, Value y) { return arith::AddIOp::create(b, x, y); }
  Value sub(Value x, Value y) { return arith::SubIOp::create(b, x, y); }
  Value both(Value x, uint32_t mask) {
    return arith::AndIOp::create(b, x, integer(mask));
  }
  Value either(Value x, Value y) { return arith::OrIOp::create(b, x, y); }
  Value left(Value x, uint32_t count) {
    return arith::ShLIOp::create(b, x, integer(count));
  }
  Value right(Value x, uint32_t count) {
    return arith::ShRUIOp::create(b, x, integer(count));
  }
  /// x < limit, both below 2^31.
  Value less(Value x, uint32_t limit) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, x,
                                 integer(limit));
  }
  Value choose(Value condition, Value x, Value y) {
    return arith::SelectOp::create(b, condition, x, y);
  }
};

} // namespace

// Half of the last place that stays, less one if that place is even: then what
// is cut off carries into it just where nearest even rounds up.
static Value roundTo(Code c, Value bits, uint32_t dropped) {
  Value odd = c.both(c.right(bits, dropped), 1);
  return c.add(c.add(bits, c.integer((1u << (dropped - 1)) - 1)), odd);
}

static constexpr uint32_t infinity = 0x7f800000;

static Value roundToBf16(Code c, Value x) {
  Value bits = c.bits(x);
  Value rounded = c.right(roundTo(c, bits, 16), 16);
  Value isNumber = c.less(c.both(bits, 0x7fffffff), infinity + 1);
  return c.narrow(c.choose(isNumber, rounded, c.integer(0x7fff)));
}

/// 2^-14, the least normal f16; numbers from 65520 on round to infinity.
static constexpr uint32_t leastNormal = 0x38800000, overflow = 0x477ff000;

// normal:    the exponent's bias goes from 127 to 15, and 13 bits are cut off
// subnormal: |x| + 0.5 has the last place 2^-24, as subnormals of f16 do: the
//            sum rounds as they round, and its lower bits are the result
static Value roundToF16(Code c, Value x) {
  Value bits = c.bits(x);
  Value sign = c.both(c.right(bits, 16), 0x8000);
  Value magnitude = c.both(bits, 0x7fffffff);

  Value rebiased = c.sub(magnitude, c.integer(112u << 23));
  Value normal = c.right(roundTo(c, rebiased, 13), 13);
  Value half = c.number(c.integer(0x3f000000));
  Value shifted = arith::AddFOp::create(c.b, c.number(magnitude), half);
  Value subnormal = c.sub(c.bits(shifted), c.integer(0x3f000000));

  Value finite = c.choose(c.less(magnitude, leastNormal), subnormal, normal);
  Value result =
      c.choose(c.less(magnitude, overflow), finite, c.integer(0x7c00));
  result = c.either(result, sign);
  Value isNumber = c.less(magnitude, infinity + 1);
  return c.narrow(c.choose(isNumber, result, c.integer(0x7fff)));
}

// normal:    the exponent's bias goes from 15 to 127
// subnormal: 2^-14 times 1.m less 2^-14, which is exact
static Value widenF16(Code c, Value half) {
  Value bits = c.widen(half);
  Value sign = c.left(c.both(bits, 0x8000), 16);
  Value magnitude = c.left(c.both(bits, 0x7fff), 13);

  Value normal = c.add(magnitude, c.integer(112u << 23));
  Value one = c.number(c.add(magnitude, c.integer(leastNormal)));
  Value subnormal =
      c.bits(arith::SubFOp::create(c.b, one, c.number(c.integer(leastNormal))));
  // Infinity and NaN keep the largest exponent.
  Value special = c.add(magnitude, c.integer(224u << 23));

  Value result = c.choose(c.less(magnitude, 1u << 23), subnormal, normal);
  result = c.choose(c.less(magnitude, 31u << 23), result, special);
  return c.number(c.either(result, sign));
}

Value dlc::emit::host::buildWiden(ImplicitLocOpBuilder &b, Value bits,
                                  Type half) {
  Code c{b};
  return half.isBF16() ? c.number(c.left(c.widen(bits), 16))
                       : widenF16(c, bits);
}

Value dlc::emit::host::buildRound(ImplicitLocOpBuilder &b, Value x, Type half) {
  Code c{b};
  return half.isBF16() ? roundToBf16(c, x) : roundToF16(c, x);
}
