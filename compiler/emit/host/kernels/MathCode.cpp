// Reduce the argument, evaluate a polynomial, put the result together. No
// branches, no tables, no fast-math flags: vector and scalar code agree in
// every bit. The polynomials are weighted minimax fits in double precision.
#include "compiler/emit/host/kernels/MathCode.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <bit>
#include <limits>

using namespace mlir;
using namespace dlc::emit::host;

namespace {

/// Short names for f32 and i32 arithmetic.
struct Code {
  ImplicitLocOpBuilder &b;

  Value number(float x) {
    return arith::ConstantOp::create(b, b.getF32FloatAttr(x));
  }
  Value integer(int32_t x) {
    return arith::ConstantOp::create(b, b.getI32IntegerAttr(x));
  }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, x, y); }
  Value div(Value x, Value y) { return arith::DivFOp::create(b, x, y); }
  Value neg(Value x) { return arith::NegFOp::create(b, x); }
  Value abs(Value x) { return math::AbsFOp::create(b, x); }
  Value fma(Value x, Value y, Value z) {
    return math::FmaOp::create(b, x, y, z);
  }
  Value less(Value x, Value y) {
    return arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, x, y);
  }
  Value equal(Value x, Value y) {
    return arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, x, y);
  }
  Value select(Value condition, Value x, Value y) {
    return arith::SelectOp::create(b, condition, x, y);
  }
  Value bits(Value x) { return arith::BitcastOp::create(b, b.getI32Type(), x); }
  Value fromBits(Value x) {
    return arith::BitcastOp::create(b, b.getF32Type(), x);
  }

  /// x within [low, high]; a NaN stays one.
  Value clamp(Value x, float low, float high) {
    Value l = number(low), h = number(high);
    Value below = select(less(x, l), l, x);
    return select(less(h, below), h, below);
  }

  /// c[0] + c[1] x + c[2] x^2 + ...
  Value polynomial(Value x, ArrayRef<float> c) {
    Value y = number(c.back());
    for (float coefficient : llvm::reverse(c.drop_back()))
      y = fma(y, x, number(coefficient));
    return y;
  }

  /// 2^n for an integer n in [-127, 127]; 2^-127 gives 0.
  Value powerOfTwo(Value n) {
    Value biased = arith::AddIOp::create(b, n, integer(127));
    return fromBits(arith::ShLIOp::create(b, biased, integer(23)));
  }
};

/// x = n ln 2 + r with |r| <= ln 2 / 2, and e^r - 1.
struct ReducedExponent {
  Value n; // an i32
  Value expm1;
};

} // namespace

/// Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits, so a
/// NaN needs no case of its own: it stays in r.
static ReducedExponent reduceExponent(Code code, Value x) {
  Value magic = code.number(12582912.0f);
  Value shifted = code.fma(x, code.number(1.44269504f), magic);
  Value rounded = code.sub(shifted, magic);
  Value r = code.fma(rounded, code.number(-0.693145752f), x);
  r = code.fma(rounded, code.number(-1.42860677e-6f), r);
  // e^r - 1 = r + r^2 q(r).
  Value q =
      code.polynomial(r, {0.5f, 0.16666537523269653f, 0.041666265577077866f,
                          0.008367233909666538f, 0.0013947570696473122f});
  Value expm1 = code.fma(code.mul(r, r), q, r);
  Value n =
      arith::SubIOp::create(code.b, code.bits(shifted),
                            code.integer(std::bit_cast<int32_t>(12582912.0f)));
  return {n, expm1};
}

/// e^x = 2^n (1 + expm1(r)), scaled in two steps so that results at both ends
/// of the range (infinite, denormal) come out right.
Value dlc::emit::host::buildExp(ImplicitLocOpBuilder &b, Value x) {
  Code code{b};
  ReducedExponent e = reduceExponent(code, code.clamp(x, -104.0f, 89.0f));
  Value half = arith::ShRSIOp::create(b, e.n, code.integer(1));
  Value rest = arith::SubIOp::create(b, e.n, half);
  Value y = code.add(e.expm1, code.number(1.0f));
  y = code.mul(y, code.powerOfTwo(half));
  return code.mul(y, code.powerOfTwo(rest));
}

/// e^x - 1 = 2 (2^(n-1) expm1(r) + (2^(n-1) - 1/2)); half of it first, because
/// 2^128 is no float.
Value dlc::emit::host::buildExpm1(ImplicitLocOpBuilder &b, Value x) {
  Code code{b};
  ReducedExponent e = reduceExponent(code, code.clamp(x, -30.0f, 89.0f));
  Value n = arith::SubIOp::create(b, e.n, code.integer(1));
  Value scale = code.powerOfTwo(n);
  Value y = code.fma(e.expm1, scale, code.sub(scale, code.number(0.5f)));
  return code.add(y, y);
}

/// x = 2^e (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)); for s = f / (2 + f),
/// log(1 + f) = f - (f^2/2 - s (f^2/2 + s^2 R(s^2))).
Value dlc::emit::host::buildLog(ImplicitLocOpBuilder &b, Value x) {
  Code code{b};
  const int32_t root = 0x3f3504f3; // bits of sqrt(1/2)
  Value tiny = code.less(x, code.number(std::numeric_limits<float>::min()));
  Value normal = code.select(tiny, code.mul(x, code.number(8388608.0f)), x);
  Value offset =
      arith::SubIOp::create(b, code.bits(normal), code.integer(root));
  Value exponent = arith::ShRSIOp::create(b, offset, code.integer(23));
  exponent = arith::AddIOp::create(
      b, exponent, code.select(tiny, code.integer(-23), code.integer(0)));
  Value mantissa = arith::AndIOp::create(b, offset, code.integer(0x7fffff));
  mantissa = arith::AddIOp::create(b, mantissa, code.integer(root));
  Value f = code.sub(code.fromBits(mantissa), code.number(1.0f));
  Value s = code.div(f, code.add(f, code.number(2.0f)));
  Value z = code.mul(s, s);
  Value r = code.mul(
      z, code.polynomial(z, {0.6666666269302368f, 0.4000035226345062f,
                             0.28536078333854675f, 0.23607483506202698f}));
  Value half = code.mul(code.mul(f, f), code.number(0.5f));
  Value e = arith::SIToFPOp::create(b, b.getF32Type(), exponent);
  // ln 2 in two parts; the first has so few bits that e times it is exact.
  Value low = code.mul(e, code.number(9.05800061e-6f));
  Value y = code.fma(s, code.add(half, r), low);
  y = code.add(code.sub(y, half), f);
  y = code.fma(e, code.number(0.693138123f), y);

  const float infinity = std::numeric_limits<float>::infinity();
  Value zero = code.number(0.0f);
  y = code.select(code.equal(x, zero), code.number(-infinity), y);
  y = code.select(code.less(x, code.number(infinity)), y, x); // inf and NaN
  return code.select(code.less(x, zero),
                     code.number(std::numeric_limits<float>::quiet_NaN()), y);
}

/// log(1 + x) with u = fl(1 + x): log(u) and a first-order term for what was
/// rounded away.
Value dlc::emit::host::buildLog1p(ImplicitLocOpBuilder &b, Value x) {
  Code code{b};
  Value one = code.number(1.0f);
  Value u = code.add(one, x);
  Value lost = code.sub(x, code.sub(u, one));
  Value y = code.add(buildLog(b, u), code.div(lost, u));
  const float infinity = std::numeric_limits<float>::infinity();
  // At the ends of log the correction is no number.
  Value inside = arith::AndIOp::create(b, code.less(code.number(-1.0f), x),
                                       code.less(x, code.number(infinity)));
  y = code.select(inside, y, buildLog(b, u));
  return code.select(code.equal(u, one), x, y);
}

/// tanh |x| = -t / (t + 2) with t = e^(-2|x|) - 1, and the sign of x.
Value dlc::emit::host::buildTanh(ImplicitLocOpBuilder &b, Value x) {
  Code code{b};
  Value t = buildExpm1(b, code.mul(code.abs(x), code.number(-2.0f)));
  Value y = code.div(code.neg(t), code.add(t, code.number(2.0f)));
  return math::CopySignOp::create(b, y, x);
}

/// x + x P(x^2) below 1; beyond, 1 - e^g with g a fit of log erfc |x|, and the
/// sign of x.
Value dlc::emit::host::buildErf(ImplicitLocOpBuilder &b, Value x) {
  Code code{b};
  Value p = code.polynomial(code.mul(x, x),
                            {0.12837916612625122f, -0.3761262595653534f,
                             0.11283600330352783f, -0.026854444295167923f,
                             0.005189535208046436f, -0.0008020841050893068f,
                             7.889119297033176e-05f});
  Value near = code.fma(x, p, x);
  Value magnitude = code.clamp(code.abs(x), 0.0f, 4.0f);
  Value g = code.polynomial(
      code.sub(magnitude, code.number(2.0f)),
      {-5.364941120147705f, -4.418160915374756f, -0.9237509965896606f,
       -0.016465814784169197f, 0.0035705026239156723f, -0.0007302208105102181f,
       0.00013772054808214307f, -2.1686772015527822e-05f});
  Value far = math::CopySignOp::create(
      b, code.sub(code.number(1.0f), buildExp(b, g)), x);
  return code.select(code.less(code.abs(x), code.number(1.0f)), near, far);
}
