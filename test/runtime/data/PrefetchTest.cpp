// Rows made on threads: the same whoever makes them, bounded, and ended.
#include "runtime/data/Prefetch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <numeric>
#include <random>
#include <thread>

namespace dlc::data {
namespace {

using namespace std::chrono_literals;

/// A row of two numbers that its own number tells.
Expected<void> makeNumbers(int64_t row, std::byte *to) {
  const int64_t numbers[] = {row, row * row};
  std::memcpy(to, numbers, sizeof numbers);
  return {};
}
constexpr size_t rowBytes = 2 * sizeof(int64_t);

std::vector<int64_t> makeOrder(int64_t count) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937(7));
  return order;
}

std::unique_ptr<RowPass> start(MakeRow make, std::vector<int64_t> order,
                               int workers, int64_t capacity) {
  auto pass = prefetch(std::move(make), std::move(order),
                       {rowBytes, workers, capacity});
  EXPECT_TRUE(pass) << pass.error().message();
  return *std::move(pass);
}

TEST(Prefetch, GivesTheOrderWhateverTheWorkers) {
  std::vector<int64_t> order = makeOrder(100);
  for (int workers : {1, 2, 5})
    for (int64_t capacity : {1, 3, 64, 1000}) {
      auto pass = start(
          [](int64_t row, std::byte *to) {
            if (row % 7 == 0)
              std::this_thread::sleep_for(100us);
            return makeNumbers(row, to);
          },
          order, workers, capacity);
      std::vector<int64_t> got(200);
      for (int64_t first = 0; first < 100; first += 8) {
        int64_t count = std::min<int64_t>(8, 100 - first);
        auto *to = reinterpret_cast<std::byte *>(got.data() + 2 * first);
        auto read = pass->read(count, to);
        ASSERT_TRUE(read) << read.error().message();
      }
      for (size_t i = 0; i < 100; ++i) {
        EXPECT_EQ(got[2 * i], order[i]);
        EXPECT_EQ(got[2 * i + 1], order[i] * order[i]);
      }
      EXPECT_FALSE(pass->read(1, reinterpret_cast<std::byte *>(got.data())));
    }
}

TEST(Prefetch, StaysBoundedAhead) {
  std::atomic<int64_t> made = 0;
  auto pass = start(
      [&](int64_t row, std::byte *to) {
        ++made;
        return makeNumbers(row, to);
      },
      makeOrder(1000), 2, 10);
  for (int64_t read = 0; read < 100; read += 5) {
    // Time enough to run ahead, were there no bound.
    std::this_thread::sleep_for(1ms);
    EXPECT_LE(made, read + 10);
    std::byte rows[5 * rowBytes];
    ASSERT_TRUE(pass->read(5, rows));
  }
}

TEST(Prefetch, GivesTheFirstErrorOfTheOrder) {
  std::vector<int64_t> order(40);
  std::iota(order.begin(), order.end(), 0);
  for (int workers : {1, 4}) {
    auto pass = start(
        [](int64_t row, std::byte *to) -> Expected<void> {
          // The later one is found sooner.
          if (row == 10)
            std::this_thread::sleep_for(2ms);
          if (row == 10 || row == 11)
            return fail("row " + std::to_string(row), "is damaged");
          return makeNumbers(row, to);
        },
        order, workers, 16);
    std::byte rows[8 * rowBytes];
    ASSERT_TRUE(pass->read(8, rows));
    auto read = pass->read(8, rows);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().message(), "row 10: is damaged");
  }
}

TEST(Prefetch, TellsLackOfMemoryAsAnError) {
  auto pass = start(
      [](int64_t, std::byte *) -> Expected<void> { throw std::bad_alloc(); },
      makeOrder(4), 2, 4);
  std::byte row[rowBytes];
  auto read = pass->read(1, row);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().thing, "memory");
}

TEST(Prefetch, LeavesNoThreadBehind) {
  std::atomic<int> running = 0;
  for (int64_t read : {0, 3}) {
    auto pass = start(
        [&](int64_t row, std::byte *to) {
          ++running;
          std::this_thread::sleep_for(200us);
          auto made = makeNumbers(row, to);
          --running;
          return made;
        },
        makeOrder(1000), 3, 8);
    std::byte rows[3 * rowBytes];
    if (read > 0) {
      ASSERT_TRUE(pass->read(read, rows));
    }
    pass.reset();
    EXPECT_EQ(running, 0);
  }
}

TEST(Prefetch, ChoosesRoomForThreeSteps) {
  EXPECT_EQ(chooseCapacity(32, 1000, 2), 96);
  // 256 MiB, whatever the batch.
  EXPECT_EQ(chooseCapacity(1024, 1 << 20, 2), 256);
  EXPECT_EQ(chooseCapacity(32, size_t(1) << 30, 4), 8);
}

} // namespace
} // namespace dlc::data
