// Floats: rounding, NaN, subnormals, and what a GPU approximates.
#include "test/tools/ptx-sim/engine/Evaluate.h"

#include <cmath>
#include <limits>

using namespace ptxsim;

static constexpr float noNumber = std::numeric_limits<float>::quiet_NaN();
static constexpr float infinity = std::numeric_limits<float>::infinity();
static constexpr float tiny = 1e-40F; // Subnormal.

TEST(Floats, RoundAsAsked) {
  EXPECT_EQ(evaluateFloat("add.f32 %r, %a, %b;", 1, 0x1p-24F), 1.0F);
  EXPECT_EQ(evaluateFloat("add.rp.f32 %r, %a, %b;", 1, 0x1p-24F),
            std::nextafter(1.0F, 2.0F));
  EXPECT_EQ(evaluateFloat("sub.rz.f32 %r, %a, %b;", 1, 0x1p-26F),
            std::nextafter(1.0F, 0.0F));
  EXPECT_EQ(evaluateFloat("fma.rm.f32 %r, %a, %b, %c;", 1, 1, -0x1p-26F),
            std::nextafter(1.0F, 0.0F));
  EXPECT_EQ(evaluateFloat("div.rn.f32 %r, %a, %b;", 1, 3), 1.0F / 3);
  EXPECT_EQ(evaluateFloat("rcp.rn.f32 %r, %a;", 3), 1.0F / 3);
  EXPECT_EQ(evaluateFloat("sqrt.rn.f32 %r, %a;", 2), std::sqrt(2.0F));
  EXPECT_EQ(evaluateDouble("div.rn.f64 %R, %A, %B;", 1, 3), 1.0 / 3);
  EXPECT_EQ(evaluateDouble("mul.rp.f64 %R, %A, %B;", 1.1, 1.1),
            std::nextafter(1.1 * 1.1, 2.0));
}

/// A product that is rounded before the sum would give 0.
TEST(Floats, FuseMultiplyAndAdd) {
  float a = 1 + 0x1p-12F;
  EXPECT_EQ(evaluateFloat("fma.rn.f32 %r, %a, %a, %c;", a, 0, -(a * a)),
            std::fma(a, a, -(a * a)));
  EXPECT_NE(std::fma(a, a, -(a * a)), 0);
  EXPECT_EQ(evaluateFloat("mul.f32 %x0, %a, %a; add.f32 %r, %x0, %c;", a, 0,
                          -(a * a)),
            0.0F);
}

TEST(Floats, FlushOnlyWhereTold) {
  EXPECT_EQ(evaluateFloat("mul.f32 %r, %a, %b;", tiny, 1), tiny);
  EXPECT_EQ(evaluateFloat("mul.ftz.f32 %r, %a, %b;", tiny, 1), 0.0F);
  EXPECT_TRUE(
      std::signbit(evaluateFloat("add.ftz.f32 %r, %a, %b;", -tiny, -0.0F)));
  EXPECT_EQ(evaluateFloat("ex2.approx.ftz.f32 %r, %a;", -130), 0.0F);
  EXPECT_EQ(evaluateFloat("ex2.approx.f32 %r, %a;", -130), 0x1p-130F);
}

TEST(Floats, SaturateToUnit) {
  EXPECT_EQ(evaluateFloat("add.sat.f32 %r, %a, %b;", 1, 1), 1.0F);
  EXPECT_EQ(evaluateFloat("cvt.sat.f32.f32 %r, %a;", noNumber), 0.0F);
  EXPECT_EQ(evaluateFloat("fma.rn.sat.f32 %r, %a, %b, %c;", -1, 1, 0), 0.0F);
}

TEST(Floats, MinAndMaxPreferNumbers) {
  EXPECT_EQ(evaluateFloat("min.f32 %r, %a, %b;", noNumber, 2), 2.0F);
  EXPECT_EQ(evaluateFloat("max.f32 %r, %a, %b;", 2, noNumber), 2.0F);
  EXPECT_TRUE(
      std::isnan(evaluateFloat("max.NaN.f32 %r, %a, %b;", 2, noNumber)));
  EXPECT_TRUE(
      std::isnan(evaluateFloat("max.NaN.f32 %r, %a, %b;", noNumber, 2)));
  EXPECT_EQ(
      evaluateFloat("max.f32 %x0, %a, %b; min.f32 %r, %a, %x0;", noNumber, 2),
      2.0F);
  EXPECT_EQ(evaluateFloat("min.f32 %r, %a, %b;", 1, 2), 1.0F);
  EXPECT_EQ(evaluateFloat("max.f32 %r, %a, %b;", 1, 2), 2.0F);
  EXPECT_TRUE(std::signbit(evaluateFloat("min.f32 %r, %a, %b;", 0.0F, -0.0F)));
  EXPECT_FALSE(std::signbit(evaluateFloat("max.f32 %r, %a, %b;", -0.0F, 0.0F)));
}

TEST(Floats, CompareNaN) {
  auto holds = [](const std::string &relation, float a, float b) {
    return evaluate(
               "setp." + relation + ".f32 %p, %a, %b; selp.u32 %r, 1, 2, %p;",
               std::bit_cast<uint32_t>(a), std::bit_cast<uint32_t>(b)) == 1;
  };
  EXPECT_FALSE(holds("lt", noNumber, 1));
  EXPECT_TRUE(holds("ltu", noNumber, 1));
  EXPECT_FALSE(holds("ne", noNumber, 1));
  EXPECT_TRUE(holds("neu", noNumber, 1));
  EXPECT_TRUE(holds("nan", noNumber, 1));
  EXPECT_TRUE(holds("num", 2, 1));
  EXPECT_TRUE(holds("gtu", 2, 1));
}

TEST(Floats, SignsAndClasses) {
  EXPECT_EQ(evaluateFloat("copysign.f32 %r, %a, %b;", -1, 3), -3.0F);
  EXPECT_EQ(evaluateFloat("abs.f32 %r, %a;", -3), 3.0F);
  EXPECT_EQ(evaluateFloat("neg.f32 %r, %a;", -3), 3.0F);
  auto is = [](const std::string &property, float a) {
    return evaluate("testp." + property + ".f32 %p, %a; selp.u32 %r, 1, 2, %p;",
                    std::bit_cast<uint32_t>(a)) == 1;
  };
  EXPECT_TRUE(is("infinite", -infinity));
  EXPECT_FALSE(is("finite", noNumber));
  EXPECT_TRUE(is("notanumber", noNumber));
  EXPECT_TRUE(is("number", infinity));
  EXPECT_TRUE(is("subnormal", tiny));
  EXPECT_FALSE(is("normal", tiny));
}

TEST(Floats, Approximations) {
  for (float x : {0.3F, 2.5F, 17.0F}) {
    EXPECT_FLOAT_EQ(evaluateFloat("ex2.approx.f32 %r, %a;", x), std::exp2(x));
    EXPECT_FLOAT_EQ(evaluateFloat("lg2.approx.f32 %r, %a;", x), std::log2(x));
    EXPECT_FLOAT_EQ(evaluateFloat("sin.approx.f32 %r, %a;", x), std::sin(x));
    EXPECT_FLOAT_EQ(evaluateFloat("cos.approx.f32 %r, %a;", x), std::cos(x));
    EXPECT_FLOAT_EQ(evaluateFloat("tanh.approx.f32 %r, %a;", x), std::tanh(x));
    EXPECT_FLOAT_EQ(evaluateFloat("rsqrt.approx.f32 %r, %a;", x),
                    1 / std::sqrt(x));
    EXPECT_FLOAT_EQ(evaluateFloat("rcp.approx.ftz.f32 %r, %a;", x), 1 / x);
    EXPECT_FLOAT_EQ(evaluateFloat("div.full.f32 %r, %a, %b;", x, 3), x / 3);
  }
}

TEST(Floats, ConvertToIntegers) {
  auto convert = [](const std::string &words, float a) {
    return evaluate("cvt." + words + " %r, %a;", std::bit_cast<uint32_t>(a));
  };
  EXPECT_EQ(convert("rni.s32.f32", 2.5F), 2u);
  EXPECT_EQ(convert("rzi.s32.f32", -2.9F), 0xfffffffeu);
  EXPECT_EQ(convert("rmi.s32.f32", -2.1F), 0xfffffffdu);
  EXPECT_EQ(convert("rpi.s32.f32", 2.1F), 3u);
  EXPECT_EQ(convert("rzi.s32.f32", 1e20F), 0x7fffffffu);
  EXPECT_EQ(convert("rzi.u32.f32", -5), 0u);
  EXPECT_EQ(convert("rzi.s32.f32", noNumber), 0u);
  EXPECT_EQ(
      evaluate("cvt.rzi.s64.f32 %R, %a;", std::bit_cast<uint32_t>(noNumber)),
      0x8000000000000000);
}

TEST(Floats, ConvertFromIntegersAndBetween) {
  EXPECT_EQ(std::bit_cast<float>(static_cast<uint32_t>(
                evaluate("cvt.rn.f32.s32 %r, %a;", 0xffffffff))),
            -1.0F);
  EXPECT_EQ(std::bit_cast<float>(static_cast<uint32_t>(
                evaluate("cvt.rz.f32.u32 %r, %a;", 0xffffffff))),
            4294967040.0F);
  EXPECT_EQ(std::bit_cast<float>(static_cast<uint32_t>(
                evaluate("cvt.rn.f32.u64 %r, %A;", 1ull << 40))),
            0x1p40F);
  EXPECT_EQ(evaluateDouble(
                "cvt.f64.f32 %R, %a;",
                std::bit_cast<double>(uint64_t{std::bit_cast<uint32_t>(1.5F)})),
            1.5);
  EXPECT_EQ(evaluateFloat("cvt.rni.f32.f32 %r, %a;", 2.5F), 2.0F);
  EXPECT_EQ(evaluateFloat("cvt.rmi.f32.f32 %r, %a;", -2.5F), -3.0F);
}

TEST(Floats, Halves) {
  auto bits = [](const std::string &code, float a, float b) {
    return evaluate(code, std::bit_cast<uint32_t>(a),
                    std::bit_cast<uint32_t>(b));
  };
  EXPECT_EQ(
      bits("cvt.rn.bf16.f32 %h0, %a; cvt.u32.u16 %r, %h0;", 1.00390625F, 0),
      0x3f80u); // A tie goes to even.
  EXPECT_EQ(bits("cvt.rn.bf16x2.f32 %r, %a, %b;", 1, 2), 0x3f804000u);
  EXPECT_EQ(bits("cvt.rn.f16x2.f32 %r, %a, %b;", 1, 65520), 0x3c007c00u);
  EXPECT_EQ(bits("cvt.rn.f16.f32 %h0, %a; cvt.u32.u16 %r, %h0;", 0x1p-24F, 0),
            1u);
  EXPECT_EQ(bits("cvt.rna.tf32.f32 %r, %a;", 1 + 0x1p-11F, 0),
            std::bit_cast<uint32_t>(1 + 0x1p-10F));
  EXPECT_EQ(evaluateFloat("mov.b32 {%h0, %h1}, %a; cvt.f32.f16 %r, %h0;",
                          std::bit_cast<float>(0x3555u)),
            0.333251953125F);
}
