// Rounding to bf16 and f16: ties, the ends of the range, NaN.
#include "runtime/core/Half.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace dlc;

TEST(Half, RoundsToBf16) {
  EXPECT_EQ(roundToBf16(0.0F), 0);
  EXPECT_EQ(roundToBf16(-0.0F), 0x8000);
  EXPECT_EQ(roundToBf16(1.0F), 0x3f80);
  EXPECT_EQ(roundToBf16(1.00390625F), 0x3f80); // a tie goes to the even one
  EXPECT_EQ(roundToBf16(1.01171875F), 0x3f82);
  EXPECT_EQ(roundToBf16(std::nextafter(1.00390625F, 2.0F)), 0x3f81);
  EXPECT_EQ(roundToBf16(-3.4028235e38F), 0xff80);
  EXPECT_EQ(roundToBf16(INFINITY), 0x7f80);
  EXPECT_EQ(roundToBf16(NAN), 0x7fff);
  EXPECT_EQ(roundToBf16(9.1835e-41F), 1); // the least subnormal
  EXPECT_EQ(roundToBf16(1e-45F), 0);
}

TEST(Half, RoundsToF16) {
  EXPECT_EQ(roundToF16(0.0F), 0);
  EXPECT_EQ(roundToF16(-0.0F), 0x8000);
  EXPECT_EQ(roundToF16(1.0F), 0x3c00);
  EXPECT_EQ(roundToF16(1.00048828125F), 0x3c00); // a tie goes to the even one
  EXPECT_EQ(roundToF16(1.00146484375F), 0x3c02);
  EXPECT_EQ(roundToF16(65504.0F), 0x7bff);
  EXPECT_EQ(roundToF16(std::nextafter(65520.0F, 0.0F)), 0x7bff);
  EXPECT_EQ(roundToF16(65520.0F), 0x7c00);
  EXPECT_EQ(roundToF16(-INFINITY), 0xfc00);
  EXPECT_EQ(roundToF16(NAN), 0x7fff);
  EXPECT_EQ(roundToF16(6.103515625e-05F), 0x0400);   // the least normal number
  EXPECT_EQ(roundToF16(5.9604644775390625e-08F), 1); // and the least of all
  EXPECT_EQ(roundToF16(2.98023223876953125e-08F), 0);
  EXPECT_EQ(roundToF16(std::nextafter(2.98023223876953125e-08F, 1.0F)), 1);
}
