// Arrays in the element type that a model wants.
#include "runtime/data/Convert.h"

#include <gtest/gtest.h>
#include <limits>

namespace {

using namespace dlc;
using namespace dlc::data;

TEST(ConvertTest, SharesWhatHasTheTypeAlready) {
  Tensor tensor(DType::F32, {2});
  auto same = convert(tensor, DType::F32, "x");
  ASSERT_TRUE(same);
  EXPECT_EQ(same->data(), tensor.data());
}

TEST(ConvertTest, ConvertsBetweenAllTypes) {
  Tensor floats = Tensor::of<float>(DType::F32, {3}, {0, -2, 7});
  Tensor ints = Tensor::of<int32_t>(DType::I32, {3}, {0, -2, 7});
  Tensor bools = Tensor::of<uint8_t>(DType::Bool, {3}, {0, 1, 1});
  EXPECT_EQ(convert(floats, DType::I32, "x")->as<int32_t>()[1], -2);
  EXPECT_EQ(convert(ints, DType::F32, "x")->as<float>()[2], 7.0f);
  EXPECT_EQ(convert(bools, DType::F32, "x")->as<float>()[1], 1.0f);
  EXPECT_EQ(convert(bools, DType::I32, "x")->as<int32_t>()[2], 1);
  for (const Tensor &from : {floats, ints}) {
    auto to = convert(from, DType::Bool, "x");
    EXPECT_EQ(to->dtype(), DType::Bool);
    EXPECT_EQ(to->as<uint8_t>()[0], 0);
    EXPECT_EQ(to->as<uint8_t>()[1], 1);
  }
}

TEST(ConvertTest, RefusesFloatsThatAreNoInt32) {
  for (float value :
       {0.5f, 0x1p31f, -0x1.000002p31f, std::numeric_limits<float>::quiet_NaN(),
        std::numeric_limits<float>::infinity()}) {
    auto result = convert(Tensor::of<float>(DType::F32, {2}, {1, value}),
                          DType::I32, "d.npz: y");
    ASSERT_FALSE(result) << value;
    EXPECT_EQ(result.error().thing, "d.npz: y");
    EXPECT_NE(result.error().value.find("at element 1"), std::string::npos);
  }
  EXPECT_TRUE(
      convert(Tensor::of<float>(DType::F32, {1}, {-0x1p31f}), DType::I32, "y"));
}

} // namespace
