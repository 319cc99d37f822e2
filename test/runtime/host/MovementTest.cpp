// "pad" and "concat" against plain loops.
#include "test/runtime/host/Calls.h"

namespace dlc::host::test {
namespace {

TEST(Pad, PlacesElements) {
  Array x({2, 3});
  x.values = {1, 2, 3, 4, 5, 6};
  Array y =
      call("pad", R"({"low":[1,2],"high":[0,1],"interior":[1,1],"value":9})",
           {x}, {4, 8});
  EXPECT_EQ(y.values, (std::vector<float>{9, 9, 9, 9, 9, 9, 9, 9, //
                                          9, 9, 1, 9, 2, 9, 3, 9, //
                                          9, 9, 9, 9, 9, 9, 9, 9, //
                                          9, 9, 4, 9, 5, 9, 6, 9}));
}

TEST(Pad, TakesAnyRank) {
  Array scalar(Shape{}, 3);
  EXPECT_EQ(call("pad", R"({"low":[],"high":[],"interior":[],"value":0})",
                 {scalar}, {})
                .values,
            std::vector<float>{3});
  Array x = Array::random({2, 3, 4, 5}, 1);
  Array y = call("pad",
                 R"({"low":[0,1,1,0],"high":[0,2,0,3],"interior":[0,0,0,0],)"
                 R"("value":"-inf"})",
                 {x}, {2, 6, 5, 8});
  for (int64_t a = 0; a < 2; ++a)
    for (int64_t b = 0; b < 6; ++b)
      for (int64_t c = 0; c < 5; ++c)
        for (int64_t d = 0; d < 8; ++d) {
          bool inside = b >= 1 && b < 4 && c >= 1 && d < 5;
          EXPECT_EQ(y.at({a, b, c, d}),
                    inside ? x.at({a, b - 1, c - 1, d}) : -INFINITY);
        }
}

TEST(Pad, RefusesWhatDoesNotFit) {
  const char *config =
      R"({"low":[1,2],"high":[0,1],"interior":[1,1],"value":9})";
  EXPECT_EQ(mistake("pad", config, {{2, 3}}, {4, 8}), "");
  EXPECT_EQ(mistake("pad", config, {{2, 3}}, {4, 8}, DType::Bool), "");
  EXPECT_NE(mistake("pad", config, {{2, 3}}, {4, 9}), "");
  EXPECT_NE(mistake("pad", config, {{2, 3, 1}}, {4, 8, 1}), "");
  EXPECT_NE(mistake("pad",
                    R"({"low":[-1,0],"high":[0,0],"interior":[0,0],"value":0})",
                    {{2, 3}}, {1, 3}),
            "");
}

TEST(Concat, JoinsAlongEachDimension) {
  for (int64_t dim : {0, 1, 2}) {
    Shape a = {2, 3, 4}, b = {2, 3, 4}, c = {2, 3, 4};
    a[dim] = 1;
    b[dim] = 5;
    Shape sum = a;
    sum[dim] = a[dim] + b[dim] + c[dim];
    std::vector<Array> parts = {Array::random(a, 1), Array::random(b, 2),
                                Array::random(c, 3)};
    Array y =
        call("concat", "{\"dim\":" + std::to_string(dim) + "}", parts, sum);
    for (int64_t i = 0; i < sum[0]; ++i)
      for (int64_t j = 0; j < sum[1]; ++j)
        for (int64_t k = 0; k < sum[2]; ++k) {
          int64_t at[3] = {i, j, k};
          size_t part = 0;
          while (at[dim] >= parts[part].shape[dim])
            at[dim] -= parts[part++].shape[dim];
          EXPECT_EQ(y.at({i, j, k}), parts[part].at({at[0], at[1], at[2]}));
        }
  }
}

TEST(Concat, RefusesWhatDoesNotFit) {
  EXPECT_EQ(mistake("concat", R"({"dim":1})", {{2, 3}, {2, 1}}, {2, 4}), "");
  EXPECT_NE(mistake("concat", R"({"dim":1})", {{2, 3}, {3, 1}}, {2, 4}), "");
  EXPECT_NE(mistake("concat", R"({"dim":1})", {{2, 3}, {2, 1}}, {2, 5}), "");
  EXPECT_NE(mistake("concat", R"({"dim":2})", {{2, 3}, {2, 1}}, {2, 4}), "");
  EXPECT_NE(mistake("concat", R"({"dim":1})", {}, {2, 4}), "");
}

} // namespace
} // namespace dlc::host::test
