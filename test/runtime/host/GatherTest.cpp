// "gather" and "scatter_add" against plain loops.
#include "test/runtime/host/Calls.h"

namespace dlc::host::test {
namespace {

/// Runs a routine of one float and one integer operand into an array of NaN.
Expected<Array> callIndexed(const std::string &routine, Array floats,
                            const Shape &indexShape,
                            std::vector<int32_t> indices, Shape result,
                            int threads = 2) {
  auto library = Library::create(threads);
  if (!library)
    return Unexpected(library.error());
  Array y(std::move(result), NAN);
  CallSpec spec{"test", routine, "{}", {}, {}};
  spec.operands = {
      {DType::F32, floats.shape,
       reinterpret_cast<std::byte *>(floats.values.data())},
      {DType::I32, indexShape, reinterpret_cast<std::byte *>(indices.data())}};
  spec.results = {
      {DType::F32, y.shape, reinterpret_cast<std::byte *>(y.values.data())}};
  auto made = library->make(spec);
  if (!made)
    return Unexpected(made.error());
  // Twice: nothing of the first run may change the second.
  for (int run = 0; run < 2; ++run)
    if (auto ran = (*made)->run(); !ran)
      return Unexpected(ran.error());
  return y;
}

std::vector<int32_t> drawIndices(size_t count, int32_t low, int32_t high) {
  std::mt19937 generator(7);
  std::vector<int32_t> indices;
  for (size_t i = 0; i < count; ++i)
    indices.push_back(low + int32_t(generator() % uint32_t(high - low)));
  return indices;
}

TEST(Gather, CopiesRows) {
  Array table({3, 2});
  table.values = {1, 2, 3, 4, 5, 6};
  auto y =
      callIndexed("gather", table, {2, 3}, {0, 2, 2, -1, 1, -3}, {2, 3, 2});
  ASSERT_TRUE(y) << y.error().message();
  EXPECT_EQ(y->values,
            (std::vector<float>{1, 2, 5, 6, 5, 6, 5, 6, 3, 4, 1, 2}));
}

TEST(Gather, GivesNanOutside) {
  auto y =
      callIndexed("gather", Array({3}, 1), {4}, {3, -4, 2147483647, 0}, {4});
  ASSERT_TRUE(y) << y.error().message();
  for (size_t i = 0; i < 3; ++i)
    EXPECT_TRUE(std::isnan(y->values[i])) << i;
  EXPECT_EQ(y->values[3], 1);
}

TEST(ScatterAdd, AddsRowsFromZero) {
  Array updates({5, 2});
  updates.values = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  auto y = callIndexed("scatter_add", updates, {5}, {1, 1, -1, 3, -4}, {3, 2});
  ASSERT_TRUE(y) << y.error().message();
  EXPECT_EQ(y->values, (std::vector<float>{0, 0, 4, 6, 5, 6}));
}

// More than one thread's share of rows, indices outside among them.
TEST(ScatterAdd, IsTheSameForAnyNumberOfThreads) {
  std::vector<int32_t> indices = drawIndices(20000, -1100, 1100);
  Array updates = Array::random({20000, 16}, 3);
  Array wanted({1000, 16});
  for (size_t place = 0; place < indices.size(); ++place) {
    int32_t row = indices[place] < 0 ? indices[place] + 1000 : indices[place];
    if (row >= 0 && row < 1000)
      for (size_t i = 0; i < 16; ++i)
        wanted.values[row * 16 + i] += updates.values[place * 16 + i];
  }
  for (int threads : {1, 2, 5}) {
    auto y = callIndexed("scatter_add", updates, {20000}, indices, {1000, 16},
                         threads);
    ASSERT_TRUE(y) << y.error().message();
    EXPECT_EQ(y->values, wanted.values) << threads;
  }
}

TEST(ScatterAdd, IsTheAdjointOfGather) {
  std::vector<int32_t> indices = drawIndices(300, -50, 50);
  Array table = Array::random({50, 3, 2}, 1);
  Array updates = Array::random({30, 10, 3, 2}, 2);
  auto y = callIndexed("gather", table, {30, 10}, indices, {30, 10, 3, 2});
  auto z = callIndexed("scatter_add", updates, {30, 10}, indices, {50, 3, 2});
  ASSERT_TRUE(y && z);
  double left = 0, right = 0;
  for (size_t i = 0; i < y->values.size(); ++i)
    left += double(y->values[i]) * updates.values[i];
  for (size_t i = 0; i < z->values.size(); ++i)
    right += double(z->values[i]) * table.values[i];
  EXPECT_NEAR(left, right, 1e-4);
}

TEST(Gather, RefusesWhatDoesNotFit) {
  std::vector<int32_t> indices(4, 0);
  EXPECT_TRUE(callIndexed("gather", Array({3, 2}), {4}, indices, {4, 2}));
  EXPECT_FALSE(callIndexed("gather", Array({3, 2}), {4}, indices, {4, 3}));
  EXPECT_FALSE(callIndexed("gather", Array(Shape{}), {4}, indices, {4}));
  EXPECT_TRUE(callIndexed("scatter_add", Array({4, 2}), {4}, indices, {9, 2}));
  EXPECT_FALSE(callIndexed("scatter_add", Array({4, 2}), {4}, indices, {9, 1}));
  EXPECT_NE(mistake("gather", "{}", {{3, 2}, {4}}, {4, 2}), "");
  EXPECT_NE(mistake("scatter_add", "{}", {{4, 2}}, {9, 2}), "");
}

} // namespace
} // namespace dlc::host::test
