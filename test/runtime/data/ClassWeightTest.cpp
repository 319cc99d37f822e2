// Weights of classes by name and by number.
#include "runtime/data/ClassWeight.h"

#include <gtest/gtest.h>

namespace dlc::data {
namespace {

TEST(ClassWeight, NamesGoBeforeNumbers) {
  auto numbered = numberClasses({{"cat", 2.0f}, {"2", 3.0f}, {"dog", 0.5f}},
                                {"cat", "2", "dog"}, "weights");
  ASSERT_TRUE(numbered) << numbered.error().message();
  EXPECT_EQ(*numbered,
            (std::map<int64_t, float>{{0, 2.0f}, {1, 3.0f}, {2, 0.5f}}));
  EXPECT_EQ(*numberClasses({{"2", 3.0f}}, {}, "weights"),
            (std::map<int64_t, float>{{2, 3.0f}}));
}

TEST(ClassWeight, MistakesAreErrors) {
  auto message = [](const NamedWeights &weights,
                    const std::vector<std::string> &names) {
    auto numbered = numberClasses(weights, names, "weights");
    return numbered ? std::string() : numbered.error().message();
  };
  EXPECT_EQ(message({{"cow", 1.0f}}, {"cat", "dog"}),
            "weights: names a class \"cow\" but the classes are cat, dog; give "
            "names of these, or numbers");
  EXPECT_EQ(message({{"cow", 1.0f}}, {}),
            "weights: names a class \"cow\" but the classes have no names; "
            "give numbers of classes");
  EXPECT_EQ(message({{"cat", 1.0f}, {"0", 2.0f}}, {"cat"}),
            "weights: weighs class 0 twice but it gives each class once a "
            "weight; remove one of them");
}

} // namespace
} // namespace dlc::data
