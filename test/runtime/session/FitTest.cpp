// fit, evaluate, predict and train_on_batch with Keras' meaning.
#include "test/runtime/session/LinearModel.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace dlc::test {
namespace {

Session openLinear(SessionOptions options = {.poison = true}) {
  auto session = Session::open(makeLinearModel(), options);
  EXPECT_TRUE(session) << session.error().message();
  return std::move(*session);
}

std::vector<double> column(const History &history, const std::string &name) {
  for (const auto &[key, values] : history.epochs)
    if (key == name)
      return values;
  ADD_FAILURE() << "no " << name;
  return {};
}

std::vector<float> weights(const Session &session) {
  auto w = session.state("fc/kernel"), b = session.state("fc/bias");
  return {w->as<float>()[0], w->as<float>()[1], b->as<float>()[0]};
}

TEST(Fit, FollowsPlainGradientDescent) {
  Session session = openLinear();
  Dataset data = makeLine(20);
  FitOptions options;
  options.batch = 8;
  options.epochs = 3;
  options.shuffle = false;
  options.logBatchLoss = true;
  auto history = session.fit(data, options);
  ASSERT_TRUE(history) << history.error().message();

  LinearReference reference;
  const float *x = data.x[0].second.as<float>().data();
  const float *y = data.y[0].second.as<float>().data();
  size_t step = 0;
  std::vector<double> means;
  ASSERT_EQ(history->batchLoss.size(), 9u); // 8 + 8 + 4 samples an epoch
  for (int epoch = 0; epoch < 3; ++epoch) {
    double sum = 0;
    for (int64_t first = 0; first < 20; first += 8) {
      int64_t n = std::min<int64_t>(8, 20 - first);
      float loss = reference.trainOnBatch(x + 2 * first, y + first, n);
      EXPECT_NEAR(history->batchLoss[step++], loss, 1e-5);
      sum += double(loss) * double(n);
    }
    means.push_back(sum / 20); // over samples, not over batches
  }
  for (int epoch = 0; epoch < 3; ++epoch)
    EXPECT_NEAR(column(*history, "loss")[epoch], means[epoch], 1e-5);
  EXPECT_EQ(history->epochs[0].first, "loss");
  EXPECT_EQ(history->epochs[1].first, "mae");
  EXPECT_EQ(history->stepMilliseconds.size(), 9u);
  std::vector<float> trained = weights(session);
  EXPECT_NEAR(trained[0], reference.w[0], 1e-5);
  EXPECT_NEAR(trained[1], reference.w[1], 1e-5);
  EXPECT_NEAR(trained[2], reference.b, 1e-5);
  EXPECT_EQ(session.state("optimizer/iteration")->as<int32_t>()[0], 9);
}

TEST(Fit, ValidatesOnTheLastPart) {
  Session session = openLinear();
  Dataset data = makeLine(20);
  FitOptions options;
  options.batch = 8;
  options.validationSplit = 0.3; // 14 samples train
  options.logBatchLoss = true;
  auto history = session.fit(data, options);
  ASSERT_TRUE(history) << history.error().message();
  EXPECT_EQ(history->batchLoss.size(), 2u);
  ASSERT_EQ(history->epochs.size(), 4u);
  EXPECT_EQ(history->epochs[2].first, "val_loss");
  EXPECT_EQ(history->epochs[3].first, "val_mae");

  Dataset last;
  Tensor x(DType::F32, {6, 2}), y(DType::F32, {6, 1});
  std::ranges::copy(data.x[0].second.as<float>().subspan(28),
                    x.as<float>().begin());
  std::ranges::copy(data.y[0].second.as<float>().subspan(14),
                    y.as<float>().begin());
  last.x = {{"x", x}};
  last.y = {{"y", y}};
  auto logs = session.evaluate(last, 8);
  ASSERT_TRUE(logs);
  EXPECT_DOUBLE_EQ(column(*history, "val_loss")[0], (*logs)[0].second);

  // The same samples given as a set of their own.
  options.validationSplit = 0;
  options.validationData = &last;
  history = session.fit(data, options);
  ASSERT_TRUE(history);
  logs = session.evaluate(last, 8);
  EXPECT_DOUBLE_EQ(column(*history, "val_loss")[0], (*logs)[0].second);
}

TEST(Fit, ValidatesInBatchesAndAfterEpochsOfItsOwn) {
  Session session = openLinear();
  Dataset data = makeLine(20), validation = makeLine(7, 2);
  FitOptions options;
  options.batch = 8;
  options.epochs = 3;
  options.validationData = &validation;
  options.validationBatch = 2;
  options.validationSteps = 2;
  options.validationEpochs = {1, 3};
  auto history = session.fit(data, options);
  ASSERT_TRUE(history) << history.error().message();
  std::vector<double> losses = column(*history, "val_loss");
  ASSERT_EQ(losses.size(), 2u);

  Dataset seen = makeLine(4, 2); // the same first samples
  auto logs = session.evaluate(seen, 2);
  ASSERT_TRUE(logs);
  EXPECT_DOUBLE_EQ(losses[1], (*logs)[0].second);

  options.validationBatch = linearMaxBatch + 1;
  history = session.fit(data, options);
  ASSERT_FALSE(history);
  EXPECT_EQ(history.error().thing, "validation batch");
  options.validationBatch = {};
  options.validationEpochs = {0};
  history = session.fit(data, options);
  ASSERT_FALSE(history);
  EXPECT_EQ(history.error().value, "lists epoch 0");
}

TEST(Fit, ShufflesBySeed) {
  Dataset data = makeLine(24);
  auto train = [&](uint64_t seed, bool shuffle) {
    Session session = openLinear({.seed = seed});
    FitOptions options;
    options.batch = 4;
    options.epochs = 2;
    options.shuffle = shuffle;
    EXPECT_TRUE(session.fit(data, options));
    return weights(session);
  };
  EXPECT_EQ(train(1, true), train(1, true));
  EXPECT_NE(train(1, true), train(2, true));
  EXPECT_NE(train(1, true), train(1, false));
  EXPECT_EQ(train(1, false), train(2, false));
}

TEST(Fit, ContinuesWhereItWasCut) {
  Dataset data = makeLine(24);
  FitOptions options;
  options.batch = 4;
  options.epochs = 3;
  Session whole = openLinear();
  ASSERT_TRUE(whole.fit(data, options));
  Session parts = openLinear();
  options.epochs = 1;
  ASSERT_TRUE(parts.fit(data, options));
  options.initialEpoch = 1;
  options.epochs = 3;
  auto history = parts.fit(data, options);
  ASSERT_TRUE(history);
  EXPECT_EQ(column(*history, "loss").size(), 2u);
  EXPECT_EQ(weights(whole), weights(parts));
}

TEST(Fit, CallsBackAndStops) {
  Session session = openLinear();
  Dataset data = makeLine(16);
  FitOptions options;
  options.batch = 4;
  options.epochs = 3;
  std::vector<int64_t> steps, epochs;
  options.callbacks.onStep = [&](const EpochInfo &info) {
    steps.push_back(info.step);
    EXPECT_EQ(info.steps, 4);
    EXPECT_EQ(info.logs.size(), 2u);
  };
  options.callbacks.onEpochEnd = [&](const EpochInfo &info) {
    epochs.push_back(info.epoch);
  };
  options.callbacks.shouldStop = [&] { return steps.size() == 6; };
  auto history = session.fit(data, options);
  ASSERT_TRUE(history);
  EXPECT_TRUE(history->stopped);
  EXPECT_EQ(steps, (std::vector<int64_t>{1, 2, 3, 4, 1, 2}));
  EXPECT_EQ(epochs, (std::vector<int64_t>{1}));
  EXPECT_EQ(column(*history, "loss").size(), 1u);
}

/// 16 samples, of which 4 validate: 3 steps an epoch, then 1 of validation.
int64_t countEpochEnds(int64_t stopAfter) {
  Session session = openLinear();
  FitOptions options;
  options.batch = 4;
  options.epochs = 2;
  options.validationSplit = 0.25;
  int64_t asked = 0, ends = 0;
  options.callbacks.onEpochEnd = [&](const EpochInfo &info) {
    EXPECT_EQ(info.logs.size(), 4u); // with val_*
    ++ends;
  };
  options.callbacks.shouldStop = [&] { return ++asked == stopAfter; };
  auto history = session.fit(makeLine(16), options);
  EXPECT_TRUE(history) << history.error().message();
  EXPECT_TRUE(history->stopped);
  return ends;
}

TEST(Fit, AStopLeavesNoEpochEndWithoutValidation) {
  EXPECT_EQ(countEpochEnds(3), 0); // after the last step
  EXPECT_EQ(countEpochEnds(4), 0); // in validation
  EXPECT_EQ(countEpochEnds(5), 1); // after the epoch's end
}

TEST(Fit, StopsAfterSteps) {
  Session session = openLinear();
  FitOptions options;
  options.batch = 4;
  options.epochs = 5;
  options.maxSteps = 6;
  options.logBatchLoss = true;
  auto history = session.fit(makeLine(16), options);
  ASSERT_TRUE(history);
  EXPECT_FALSE(history->stopped);
  EXPECT_EQ(history->batchLoss.size(), 6u);
  EXPECT_EQ(column(*history, "loss").size(), 2u);
}

TEST(TrainOnBatch, AccumulatesMetrics) {
  Session session = openLinear();
  Dataset data = makeLine(5);
  LinearReference reference;
  double sum = 0;
  for (int step = 0; step < 2; ++step) {
    auto loss = session.trainOnBatch(data);
    ASSERT_TRUE(loss) << loss.error().message();
    float wanted =
        reference.trainOnBatch(data.x[0].second.as<float>().data(),
                               data.y[0].second.as<float>().data(), 5);
    EXPECT_NEAR(*loss, wanted, 1e-5);
    sum += wanted;
  }
  EXPECT_NEAR(session.metrics()[0].second, sum / 2, 1e-5);
  session.resetMetrics();
  EXPECT_EQ(session.metrics()[0].second, 0);
}

TEST(Evaluate, ChangesNoWeight) {
  Session session = openLinear();
  std::vector<float> before = weights(session);
  auto logs = session.evaluate(makeLine(11), 4);
  ASSERT_TRUE(logs) << logs.error().message();
  EXPECT_EQ(weights(session), before);
  auto again = session.evaluate(makeLine(11), 8);
  EXPECT_NEAR((*again)[0].second, (*logs)[0].second, 1e-6);
}

TEST(Predict, GivesEverySampleInOrder) {
  Session session = openLinear();
  Dataset data = makeLine(19);
  data.y.clear(); // not needed
  for (int64_t batch : {1, 4, 8}) {
    auto outputs = session.predict(data, batch);
    ASSERT_TRUE(outputs) << outputs.error().message();
    ASSERT_EQ(outputs->size(), 1u);
    EXPECT_EQ((*outputs)[0].first, "out");
    const Tensor &y = (*outputs)[0].second;
    ASSERT_EQ(y.shape(), (Shape{19, 1}));
    std::span<const float> x = data.x[0].second.as<float>();
    for (size_t i = 0; i < 19; ++i)
      EXPECT_FLOAT_EQ(y.as<float>()[i],
                      0.5f * x[2 * i] - 0.25f * x[2 * i + 1] + 0.125f);
  }
}

} // namespace
} // namespace dlc::test
