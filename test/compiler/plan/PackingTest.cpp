// Packing: no two live buffers overlap, and little is lost to gaps.
#include "compiler/plan/Packing.h"

#include <gtest/gtest.h>

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
    EXPECT_LE(double(arena), 1.1 * double(bound)) << "seed " << seed;
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

} // namespace
