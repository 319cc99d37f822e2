// Orders of samples, and rows gathered by them.
#include "runtime/data/Batcher.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>

namespace {

using namespace dlc;
using namespace dlc::data;

std::vector<int64_t> collect(const Batcher &batcher) {
  std::vector<int64_t> all;
  for (int64_t step = 0; step < batcher.steps(); ++step)
    for (int64_t row : batcher.rows(step))
      all.push_back(row);
  return all;
}

TEST(BatcherTest, KeepsOrderAndTheLastPart) {
  Batcher batcher(2, 5, 2);
  ASSERT_EQ(batcher.steps(), 3);
  EXPECT_EQ(batcher.rows(2).size(), 1u);
  EXPECT_EQ(collect(batcher), (std::vector<int64_t>{2, 3, 4, 5, 6}));
  EXPECT_EQ(Batcher(0, 0, 4).steps(), 0);
  EXPECT_EQ(Batcher(0, 4, 4).steps(), 1);
  EXPECT_EQ(Batcher(0, 3, 4).rows(0).size(), 3u);
}

TEST(BatcherTest, ShufflesTheSameWayForTheSameSeedAndEpoch) {
  Batcher a(0, 100, 7), b(0, 100, 7);
  a.shuffle(1, 3);
  b.shuffle(1, 2);
  EXPECT_NE(collect(a), collect(b));
  b.shuffle(1, 3);
  EXPECT_EQ(collect(a), collect(b));
  b.shuffle(2, 3);
  EXPECT_NE(collect(a), collect(b));
  b.shuffle((uint64_t(1) << 32) + 1, 3);
  EXPECT_NE(collect(a), collect(b));
  std::vector<int64_t> sorted = collect(a);
  std::ranges::sort(sorted);
  for (int64_t i = 0; i < 100; ++i)
    EXPECT_EQ(sorted[size_t(i)], i);
}

TEST(BatcherTest, OrderIsFixedForAllTime) {
  Batcher batcher(0, 8, 8);
  batcher.shuffle(42, 0);
  EXPECT_EQ(collect(batcher), (std::vector<int64_t>{7, 6, 3, 5, 2, 4, 1, 0}));
}

TEST(BatcherTest, EveryOrderIsAsLikely) {
  std::map<std::vector<int64_t>, int> counts;
  Batcher batcher(0, 3, 3);
  for (int64_t epoch = 0; epoch < 6000; ++epoch) {
    batcher.shuffle(7, epoch);
    ++counts[collect(batcher)];
  }
  ASSERT_EQ(counts.size(), 6u);
  // Five standard deviations about a mean of 1000.
  for (auto &[order, count] : counts)
    EXPECT_NEAR(count, 1000, 145);
}

TEST(GatherTest, CopiesRowsInOrder) {
  Tensor from =
      Tensor::of<int32_t>(DType::I32, {4, 2}, {0, 1, 10, 11, 20, 21, 30, 31});
  std::vector<int32_t> to(8, -1);
  std::vector<int64_t> rows = {2, 3, 0};
  gatherRows(from, rows, reinterpret_cast<std::byte *>(to.data()));
  EXPECT_EQ(to, (std::vector<int32_t>{20, 21, 30, 31, 0, 1, -1, -1}));
  gatherRows(from, {}, nullptr);
}

} // namespace
