// A session in use by many threads at once.
#include "test/runtime/session/LinearModel.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include <atomic>
#include <cstring>
#include <thread>

namespace dlc::test {
namespace {

Session openLinear(SessionOptions options) {
  auto session = Session::open(makeLinearModel(), options);
  EXPECT_TRUE(session) << session.error().message();
  return std::move(*session);
}

/// Samples of which no two threads have the same, so that outputs of one in
/// the other's hands are noticed.
Dataset makeInput(int64_t n, unsigned seed) {
  Dataset data = makeLine(n, seed);
  data.y.clear();
  return data;
}

void expectSameBits(const Tensor &left, const Tensor &right) {
  ASSERT_EQ(left.shape(), right.shape());
  EXPECT_EQ(std::memcmp(left.data(), right.data(), left.bytes()), 0);
}

/// Calls `work` with 0 to `count` - 1, each on its own thread.
void onThreads(int count, const std::function<void(int)> &work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back(work, i);
  for (std::thread &thread : threads)
    thread.join();
}

class PredictOnThreads : public testing::TestWithParam<int> {};

TEST_P(PredictOnThreads, GivesTheBitsOfOne) {
  constexpr int threads = 6, rounds = 40;
  Session alone = openLinear({.threads = 1});
  Session session =
      openLinear({.threads = 1, .poison = true, .predictsAtOnce = GetParam()});
  std::vector<Dataset> data;
  std::vector<Tensor> wanted;
  for (int i = 0; i < threads; ++i) {
    data.push_back(makeInput(3 + 5 * i, unsigned(i)));
    auto outputs = alone.predict(data.back(), 8);
    ASSERT_TRUE(outputs);
    wanted.push_back((*outputs)[0].second);
  }
  onThreads(threads, [&](int i) {
    for (int round = 0; round < rounds; ++round) {
      // Any batch up to the bound, another one each time.
      auto outputs = session.predict(data[i], 1 + (i + round) % 8);
      ASSERT_TRUE(outputs) << outputs.error().message();
      expectSameBits((*outputs)[0].second, wanted[i]);
    }
  });
}

INSTANTIATE_TEST_SUITE_P(AtOnce, PredictOnThreads, testing::Values(1, 2, 4));

TEST(SessionOnThreads, TrainsBetweenPredictions) {
  Session plain = openLinear({.threads = 1});
  Session session = openLinear({.threads = 1, .predictsAtOnce = 3});
  Dataset training = makeLine(8), input = makeInput(8, 5);
  // The outputs after each number of steps: there are no others.
  constexpr int steps = 30;
  std::vector<Tensor> known;
  for (int step = 0; step <= steps; ++step) {
    known.push_back((*plain.predict(input, 8))[0].second);
    if (step < steps) {
      ASSERT_TRUE(plain.trainOnBatch(training));
    }
  }
  std::atomic<bool> isTrained = false;
  std::atomic<int> predictions = 0;
  onThreads(4, [&](int i) {
    if (i == 0) {
      for (int step = 0; step < steps; ++step) {
        ASSERT_TRUE(session.trainOnBatch(training));
        EXPECT_TRUE(session.state("fc/kernel"));
      }
      isTrained = true;
      return;
    }
    size_t last = 0;
    do {
      auto outputs = session.predict(input, 8);
      ASSERT_TRUE(outputs);
      const Tensor &y = (*outputs)[0].second;
      // Later predictions are of later weights.
      while (last < known.size() &&
             std::memcmp(known[last].data(), y.data(), y.bytes()) != 0)
        ++last;
      ASSERT_LT(last, known.size());
      ++predictions;
    } while (!isTrained);
  });
  EXPECT_GT(predictions, 0);
}

TEST(SessionOnThreads, FitCallsBackIntoItsSession) {
  Session session = openLinear({.threads = 1});
  Dataset input = makeInput(8, 5);
  FitOptions options;
  options.batch = 4;
  int epochs = 0;
  options.callbacks.onEpochEnd = [&](const EpochInfo &) {
    EXPECT_TRUE(session.predict(input, 8));
    EXPECT_TRUE(session.state("fc/kernel"));
    EXPECT_EQ(session.metrics().size(), 2u);
    ++epochs;
  };
  ASSERT_TRUE(session.fit(makeLine(16), options));
  EXPECT_EQ(epochs, 1);
  // And it is free for others after that.
  onThreads(2, [&](int) { EXPECT_TRUE(session.predict(input, 8)); });
}

TEST(SessionOnThreads, AGpuTakesPredictionsOneByOne) {
  setenv("DLC_PTX_SIM", DLC_TEST_PTX_SIM, 1);
  auto session = Session::open(makeLinearModelForGpu(),
                               {.device = "sim", .predictsAtOnce = 4});
  ASSERT_TRUE(session) << session.error().message();
  Dataset input = makeInput(19, 5);
  auto wanted = session->predict(input, 8);
  ASSERT_TRUE(wanted) << wanted.error().message();
  onThreads(3, [&](int) {
    for (int round = 0; round < 3; ++round) {
      auto outputs = session->predict(input, 8);
      ASSERT_TRUE(outputs) << outputs.error().message();
      expectSameBits((*outputs)[0].second, (*wanted)[0].second);
    }
  });
}

} // namespace
} // namespace dlc::test
