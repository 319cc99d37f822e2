// How many pixels threads may have decoded at the same time.
#include "runtime/data/images/PixelBudget.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace dlc::data {
namespace {

TEST(PixelBudget, IsNeverOverdrawn) {
  PixelBudget budget(10);
  std::atomic<int> held = 0, most = 0;
  std::vector<std::thread> threads;
  for (int pixels : {4, 4, 4, 7, 10, 1000})
    threads.emplace_back([&, pixels] {
      for (int i = 0; i < 200; ++i) {
        auto share = budget.take(uint64_t(pixels));
        int now = held += std::min(pixels, 10);
        for (int seen = most; now > seen;)
          most.compare_exchange_weak(seen, now);
        held -= std::min(pixels, 10);
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_LE(most, 10);
  EXPECT_GE(most, 10); // the one that takes all
}

TEST(PixelBudget, MovesWithItsShare) {
  PixelBudget budget(1);
  {
    auto share = budget.take(1);
    auto other = std::move(share);
  }
  auto again = budget.take(1); // waits for ever if it was not given back
}

} // namespace
} // namespace dlc::data
