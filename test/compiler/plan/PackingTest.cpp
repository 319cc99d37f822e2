// Packing: no two live buffers overlap, and little is lost to gaps.
#include "compiler/plan/offsets/Packing.h"
#include "compiler/plan/offsets/Exact.h"
#include "compiler/plan/offsets/Greedy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

using namespace dlc::plan;

namespace {

/// Every pair that is live at one launch has disjoint bytes.
void expectDisjoint(const std::vector<Lifetime> &buffers, int64_t arena) {
  for (size_t i = 0; i < buffers.size(); ++i) {
    const Lifetime &a = buffers[i];
    EXPECT_EQ(a.offset % alignment, 0);
    EXPECT_GE(a.offset, 0);
    EXPECT_LE(a.offset + a.bytes, arena);
    for (size_t j = i + 1; j < buffers.size(); ++j) {
      const Lifetime &b = buffers[j];
      bool meetInTime = a.first <= b.last && b.first <= a.last;
      bool meetInMemory =
          a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
      EXPECT_FALSE(meetInTime && meetInMemory)
          << "buffers " << i << " and " << j;
    }
  }
}

/// Forward activations that backward reads in reverse, and short-lived ones.
std::vector<Lifetime> makeTrainingSchedule(unsigned seed, int64_t layers) {
  std::mt19937 random(seed);
  auto draw = [&](int64_t limit) { return int64_t(random() % limit) + 1; };
  std::vector<Lifetime> buffers;
  for (int64_t layer = 0; layer < layers; ++layer) {
    int64_t backward = 2 * layers - layer;
    buffers.push_back({layer, backward, draw(100000)});
    buffers.push_back({layer, layer + 1, draw(50000)});
    buffers.push_back({backward, backward + 1, draw(100000)});
  }
  return buffers;
}

TEST(Packing, NeverOverlapsWhatIsLive) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::vector<Lifetime> buffers = makeTrainingSchedule(seed, 20);
    int64_t arena = pack(buffers);
    expectDisjoint(buffers, arena);
  }
}

TEST(Packing, StaysNearTheLowerBound) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::vector<Lifetime> buffers = makeTrainingSchedule(seed, 100);
    int64_t arena = pack(buffers), bound = countMaxLive(buffers);
    EXPECT_GE(arena, bound);
    EXPECT_LE(double(arena), 1.02 * double(bound)) << "seed " << seed;
  }
}

TEST(Packing, GivesBackWhatDied) {
  std::vector<Lifetime> buffers = {{0, 1, 100}, {2, 3, 100}};
  EXPECT_EQ(pack(buffers), 128);
  EXPECT_EQ(buffers[0].offset, buffers[1].offset);
}

TEST(Packing, CountsBothEndsAsLive) {
  // One is written by the launch that reads the other.
  std::vector<Lifetime> buffers = {{0, 1, 64}, {1, 2, 64}};
  EXPECT_EQ(pack(buffers), 128);
  EXPECT_EQ(countMaxLive(buffers), 128);
}

TEST(Packing, EmptyPlanNeedsNothing) {
  std::vector<Lifetime> buffers;
  EXPECT_EQ(pack(buffers), 0);
  EXPECT_EQ(countMaxLive(buffers), 0);
}

/// Few buffers of a few units, so that all orders can be tried.
std::vector<Lifetime> makeSmall(unsigned seed, int64_t buffers) {
  std::mt19937 random(seed);
  std::vector<Lifetime> lifetimes;
  for (int64_t i = 0; i < buffers; ++i) {
    int64_t first = random() % 8, last = first + random() % 4;
    lifetimes.push_back({first, last, alignment * int64_t(1 + random() % 4)});
  }
  return lifetimes;
}

/// The least arena over all orders: first fit by rising offset finds every
/// packing in which nothing could lie lower.
int64_t tryAllOrders(std::vector<Lifetime> lifetimes) {
  std::vector<size_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), size_t(0));
  int64_t least = INT64_MAX, steps = 0;
  do
    least = std::min(least, packInOrder(lifetimes, order, Fit::First, steps));
  while (std::ranges::next_permutation(order).found);
  return least;
}

TEST(Packing, SearchIsExact) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::vector<Lifetime> lifetimes = makeSmall(seed, 7);
    int64_t least = tryAllOrders(lifetimes);
    EXPECT_FALSE(packExactly(lifetimes, least - alignment, 1 << 20)) << seed;
    ASSERT_TRUE(packExactly(lifetimes, least, 1 << 20)) << seed;
    expectDisjoint(lifetimes, least);
    EXPECT_EQ(pack(lifetimes), least) << seed;
    expectDisjoint(lifetimes, least);
  }
}

TEST(Packing, SearchStopsAtItsBudget) {
  std::vector<Lifetime> lifetimes = makeTrainingSchedule(1, 60);
  int64_t bound = countMaxLive(lifetimes);
  EXPECT_FALSE(packExactly(lifetimes, bound, /*steps=*/100));
}

TEST(Packing, NoGreedyOrderIsBelowTheBound) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::vector<Lifetime> lifetimes = makeSmall(seed, 40);
    int64_t bound = countMaxLive(lifetimes);
    int64_t arena = packGreedily(lifetimes, bound, 1 << 20);
    EXPECT_GE(arena, bound);
    expectDisjoint(lifetimes, arena);
  }
}

TEST(Packing, IsTheSameEachTime) {
  for (unsigned seed = 0; seed < 5; ++seed) {
    std::vector<Lifetime> one = makeTrainingSchedule(seed, 60), two = one;
    EXPECT_EQ(pack(one), pack(two));
    for (size_t i = 0; i < one.size(); ++i)
      EXPECT_EQ(one[i].offset, two[i].offset);
  }
}

TEST(Packing, PacksApartWhatNeverLivesTogether) {
  std::vector<Lifetime> lifetimes = makeSmall(1, 7);
  std::vector<Lifetime> later = makeSmall(2, 7);
  int64_t most = std::max(pack(lifetimes), pack(later));
  for (Lifetime &lifetime : later) {
    lifetime.first += 100;
    lifetime.last += 100;
  }
  lifetimes.insert(lifetimes.end(), later.begin(), later.end());
  lifetimes.push_back({0, 200, 0}); // takes nothing and binds nothing
  EXPECT_EQ(pack(lifetimes), most);
  expectDisjoint(lifetimes, most);
}

} // namespace
