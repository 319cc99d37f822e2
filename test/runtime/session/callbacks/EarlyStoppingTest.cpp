// When EarlyStopping stops, and what it restores.
#include "runtime/session/callbacks/EarlyStopping.h"

#include "test/runtime/session/callbacks/FakeTrainer.h"

#include <cmath>

namespace dlc::test {
namespace {

using callbacks::EarlyStopping;
using callbacks::Mode;

TEST(EarlyStoppingTest, WaitsForItsPatience) {
  FakeTrainer trainer;
  EarlyStopping stop({.patience = 2});
  EXPECT_EQ(trainer.run(stop, "val_loss", {3, 2, 2.5, 2, 1, 0}), 4);
  EXPECT_EQ(stop.stoppedEpoch(), 3);
  EXPECT_EQ(stop.best(), 2);
  EXPECT_EQ(stop.bestEpoch(), 1);
  EXPECT_EQ(trainer.weight, 4) << "nothing is restored";
  // A second fit begins anew.
  EXPECT_EQ(trainer.run(stop, "val_loss", {9, 8, 7}), 3);
  EXPECT_EQ(stop.stoppedEpoch(), 0);
}

TEST(EarlyStoppingTest, NeverStopsInTheFirstEpoch) {
  FakeTrainer trainer;
  EarlyStopping stop;
  EXPECT_EQ(trainer.run(stop, "val_loss", {NAN, 1, 1}), 2);
}

TEST(EarlyStoppingTest, RestoresTheBestEpoch) {
  FakeTrainer trainer;
  EarlyStopping stop({.monitor = "val_accuracy",
                      .patience = 1,
                      .verbose = 1,
                      .restoreBestWeights = true});
  EXPECT_EQ(trainer.run(stop, "val_accuracy", {0.5, 0.7, 0.6, 0.9}), 3);
  EXPECT_EQ(trainer.weight, 2);
  EXPECT_EQ(trainer.notes,
            (std::vector<std::string>{
                "Epoch 3: early stopping",
                "Restoring model weights from the end of the best epoch: 2."}));
  EarlyStopping patient({.patience = 9, .restoreBestWeights = true});
  EXPECT_EQ(trainer.run(patient, "val_loss", {0.9, 0.5, 0.8}), 3);
  EXPECT_EQ(trainer.weight, 2) << "also where it did not stop";
}

TEST(EarlyStoppingTest, HasABaselineAWarmUpAndALeastChange) {
  FakeTrainer trainer;
  EarlyStopping baseline({.patience = 2, .baseline = 1});
  EXPECT_EQ(trainer.run(baseline, "val_loss", {5, 4, 3, 2}), 4)
      << "an improvement that misses the baseline resets no wait, nor stops";
  EXPECT_EQ(trainer.run(baseline, "val_loss", {5, 4, 4, 2}), 3);
  EarlyStopping warm({.patience = 1, .startFromEpoch = 3});
  EXPECT_EQ(trainer.run(warm, "val_loss", {1, 2, 3, 4, 5, 6}), 5);
  EarlyStopping delta({.minDelta = 0.5, .patience = 1});
  EXPECT_EQ(trainer.run(delta, "val_loss", {3, 2, 1.6, 1}), 3);
  EarlyStopping max({.minDelta = -0.5, .patience = 1, .mode = Mode::Max});
  EXPECT_EQ(trainer.run(max, "val_loss", {1, 2, 2.4, 9}), 3);
}

TEST(EarlyStoppingTest, ComparesFloat32AsKerasDoes) {
  FakeTrainer trainer;
  EarlyStopping stop({.patience = 1});
  // The second value is less, but no less as a float.
  EXPECT_EQ(trainer.run(stop, "val_loss", {1, 1 - 1e-9, 0.5}), 2);
}

TEST(EarlyStoppingTest, WarnsOnceOfAMonitorThatIsNotThere) {
  FakeTrainer trainer;
  EarlyStopping stop;
  EXPECT_EQ(trainer.run(stop, "loss", {1, 2, 3, 4}), 4);
  EXPECT_EQ(trainer.notes,
            (std::vector<std::string>{
                "Early stopping conditioned on metric `val_loss` which is not "
                "available. Available metrics are: loss,accuracy"}));
  EarlyStopping unknown({.monitor = "val_acuracy"});
  auto begun = unknown.onTrainBegin(trainer);
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().message(),
            "EarlyStopping: has the monitor \"val_acuracy\" but whether that "
            "should grow or shrink is not known; monitor \"val_accuracy\", or "
            "give mode=min or mode=max");
}

TEST(EarlyStoppingTest, GoesOnFromItsState) {
  EarlyStopping::Options options = {.patience = 3, .restoreBestWeights = true};
  for (double best : {1.0, double(NAN), -double(INFINITY)}) {
    FakeTrainer whole, parts;
    std::vector<double> values = {best, 2, 3, 4, 5};
    EarlyStopping one(options), first(options), second(options);
    int64_t ran = whole.run(one, "val_loss", values);
    parts.run(first, "val_loss", {values.begin(), values.begin() + 2});
    ASSERT_TRUE(second.loadState(first.saveState(), parts));
    for (size_t epoch = 2; epoch < values.size() && !parts.stopped; ++epoch) {
      Logs logs = {{"val_loss", values[epoch]}};
      ASSERT_TRUE(second.onEpochEnd(int64_t(epoch), logs, parts));
    }
    EXPECT_EQ(parts.stopped, ran < 5 || whole.stopped);
    EXPECT_EQ(second.stoppedEpoch(), one.stoppedEpoch());
    ASSERT_TRUE(second.onTrainEnd({}, parts));
    EXPECT_EQ(parts.weight, whole.weight);
  }
  FakeTrainer trainer;
  EarlyStopping stop(options);
  for (const char *wrong : {"", "[]", "{}", "{\"wait\": 1.5}"})
    EXPECT_FALSE(stop.loadState({wrong, {}}, trainer)) << wrong;
}

} // namespace
} // namespace dlc::test
