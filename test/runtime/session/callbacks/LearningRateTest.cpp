// ReduceLROnPlateau and LearningRateScheduler.
#include "runtime/session/callbacks/LearningRateScheduler.h"
#include "runtime/session/callbacks/ReduceLROnPlateau.h"

#include "test/runtime/session/callbacks/FakeTrainer.h"

namespace dlc::test {
namespace {

using callbacks::LearningRateScheduler;
using callbacks::ReduceLROnPlateau;
using Rates = std::vector<double>;

TEST(ReduceLROnPlateauTest, LowersAfterItsPatience) {
  FakeTrainer trainer;
  trainer.rate = 1;
  ReduceLROnPlateau reduce({.factor = 0.5, .patience = 2, .verbose = 1});
  trainer.run(reduce, "val_loss", {3, 2, 2, 2, 2, 2, 1});
  EXPECT_EQ(trainer.rates, (Rates{1, 1, 1, 0.5, 0.5, 0.25, 0.25}));
  EXPECT_EQ(*findLog(trainer.last, "learning_rate"), 0.25);
  EXPECT_EQ(trainer.notes[0],
            "Epoch 4: ReduceLROnPlateau reducing learning rate to 0.5.");
  // The log of an epoch is the rate that it trained with.
  trainer.run(reduce, "val_loss", {2, 2, 2});
  EXPECT_EQ(*findLog(trainer.last, "learning_rate"), 0.25);
  EXPECT_EQ(trainer.rate, 0.125);
}

TEST(ReduceLROnPlateauTest, CoolsDownAndHasALeastRate) {
  FakeTrainer trainer;
  trainer.rate = 1;
  ReduceLROnPlateau reduce(
      {.factor = 0.1, .patience = 1, .cooldown = 2, .minLR = 0.05});
  trainer.run(reduce, "val_loss", {1, 1, 1, 1, 1, 1, 1});
  EXPECT_EQ(trainer.rates, (Rates{1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05}));
}

TEST(ReduceLROnPlateauTest, RefusesAFactorThatDoesNotReduce) {
  FakeTrainer trainer;
  for (double factor : {1.0, 2.0}) {
    ReduceLROnPlateau reduce({.factor = factor});
    EXPECT_FALSE(reduce.onTrainBegin(trainer));
  }
}

TEST(ReduceLROnPlateauTest, GoesOnFromItsState) {
  ReduceLROnPlateau::Options options = {.factor = 0.5, .patience = 2};
  FakeTrainer trainer;
  trainer.rate = 1;
  ReduceLROnPlateau first(options), second(options);
  trainer.run(first, "val_loss", {1, 1});
  ASSERT_TRUE(second.loadState(first.saveState(), trainer));
  trainer.run(second, "val_loss", {1}, /*begin=*/false);
  EXPECT_EQ(trainer.rate, 0.5);
}

TEST(LearningRateSchedulerTest, SetsTheRateOfEachEpoch) {
  FakeTrainer trainer;
  trainer.rate = 1;
  LearningRateScheduler scheduler(
      [](int64_t epoch, double rate) { return epoch < 2 ? rate : rate / 2; });
  trainer.run(scheduler, "loss", {1, 1, 1, 1});
  EXPECT_EQ(trainer.rates, (Rates{1, 1, 0.5, 0.25}));
  EXPECT_EQ(*findLog(trainer.last, "learning_rate"), 0.25);
  LearningRateScheduler none(nullptr);
  EXPECT_FALSE(none.onTrainBegin(trainer));
}

} // namespace
} // namespace dlc::test
