#include "runtime/core/Nearest.h"

#include <gtest/gtest.h>
#include <vector>

namespace {

using namespace dlc;

TEST(NearestNameTest, CountsEdits) {
  const std::vector<std::string_view> names = {"nearest", "bilinear",
                                               "bicubic"};
  EXPECT_EQ(nearestName("bilinaer", names), "bilinear");
  EXPECT_EQ(nearestName("Cubic", names), "bicubic");
  EXPECT_EQ(nearestName("NEAR", names), "nearest");
  EXPECT_EQ(nearestName("", names), "nearest");
  EXPECT_EQ(nearestName(std::string(1 << 20, 'b'), names), "bicubic");
}

} // namespace
