// Who is called when while a model trains, and what callbacks do to it.
#include "runtime/session/callbacks/EarlyStopping.h"
#include "runtime/session/callbacks/ModelCheckpoint.h"
#include "runtime/session/callbacks/ReduceLROnPlateau.h"
#include "test/runtime/session/LinearModel.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace dlc::test {
namespace {

using Calls = std::vector<std::string>;

Session openLinear() {
  auto session = Session::open(makeLinearModel(), {.poison = true});
  EXPECT_TRUE(session) << session.error().message();
  return std::move(*session);
}

/// 12 samples train in 3 steps, 4 validate.
FitOptions fitOptions(std::vector<Callback *> objects = {}) {
  FitOptions options;
  options.batch = 4;
  options.epochs = 2;
  options.validationSplit = 0.25;
  options.callbacks.objects = std::move(objects);
  return options;
}

/// Writes down each call, and does what a test wants at it.
class Recorder final : public Callback {
public:
  Calls calls;
  std::function<Expected<void>(const std::string &, Trainer &)> act;

  std::string name() const override { return "Recorder"; }
  Expected<void> onTrainBegin(Trainer &t) override { return add("begin", t); }
  Expected<void> onEpochBegin(int64_t epoch, Trainer &t) override {
    return add("epoch " + std::to_string(epoch), t);
  }
  Expected<void> onTrainBatchEnd(int64_t batch, Trainer &t) override {
    return add("batch " + std::to_string(batch), t);
  }
  Expected<void> onTestEnd(const Logs &logs, Trainer &t) override {
    return add("test " + listNames(logs), t);
  }
  Expected<void> onEpochEnd(int64_t epoch, Logs &logs, Trainer &t) override {
    logs.emplace_back("own", epoch);
    return add("end " + std::to_string(epoch) + " " + listNames(logs), t);
  }
  Expected<void> onTrainEnd(const Logs &logs, Trainer &t) override {
    return add("trained " + listNames(logs), t);
  }

private:
  Expected<void> add(const std::string &call, Trainer &trainer) {
    calls.push_back(call);
    return act ? act(call, trainer) : Expected<void>();
  }
};

TEST(Callbacks, AreCalledInKerasOrder) {
  Session session = openLinear();
  Recorder recorder;
  FitOptions options = fitOptions({&recorder});
  Callbacks &functions = options.callbacks;
  auto note = [&](const std::string &call) { recorder.calls.push_back(call); };
  functions.onTrainBegin = [&](Trainer &) { note("f begin"); };
  functions.onEpochBegin = [&](int64_t epoch, Trainer &) {
    note("f epoch " + std::to_string(epoch));
  };
  functions.onStep = [&](const EpochInfo &info) {
    note("f step " + std::to_string(info.step) + " of " +
         std::to_string(info.samples));
  };
  functions.onEpochEnd = [&](const EpochInfo &info) {
    note("f end " + listNames(info.logs));
  };
  functions.onTrainEnd = [&](const Logs &, Trainer &) { note("f trained"); };
  options.epochs = 1;
  auto history = session.fit(makeLine(15), options); // 11 train, 4 validate
  ASSERT_TRUE(history) << history.error().message();
  EXPECT_EQ(recorder.calls,
            (Calls{"begin", "f begin", "epoch 0", "f epoch 1", "batch 0",
                   "f step 1 of 4", "batch 1", "f step 2 of 8", "batch 2",
                   "f step 3 of 11", "test loss,mae",
                   "end 0 loss,mae,val_loss,val_mae,own",
                   "f end loss,mae,val_loss,val_mae,own",
                   "trained loss,mae,val_loss,val_mae,own", "f trained"}));
  EXPECT_EQ(history->epochs.back(),
            (std::pair{std::string("own"), std::vector<double>{0}}));
}

TEST(Callbacks, StopAStepWhoseEpochEndsAsOthersDo) {
  Session session = openLinear();
  Recorder recorder;
  recorder.act = [](const std::string &call, Trainer &trainer) {
    if (call == "batch 1")
      trainer.stopTraining();
    return Expected<void>();
  };
  auto history = session.fit(makeLine(16), fitOptions({&recorder}));
  ASSERT_TRUE(history);
  EXPECT_FALSE(history->stopped);
  EXPECT_EQ(recorder.calls,
            (Calls{"begin", "epoch 0", "batch 0", "batch 1", "test loss,mae",
                   "end 0 loss,mae,val_loss,val_mae,own",
                   "trained loss,mae,val_loss,val_mae,own"}));
  EXPECT_EQ(history->stepMilliseconds.size(), 2u);
}

TEST(Callbacks, AreNotToldOfTheEndOfWhatWasInterrupted) {
  Session session = openLinear();
  Recorder recorder;
  FitOptions options = fitOptions({&recorder});
  options.callbacks.shouldStop = [] { return true; };
  auto history = session.fit(makeLine(16), options);
  ASSERT_TRUE(history);
  EXPECT_TRUE(history->stopped);
  EXPECT_EQ(recorder.calls, (Calls{"begin", "epoch 0", "batch 0"}));
}

TEST(Callbacks, EndFitByAnErrorAndKeepTheWeights) {
  for (const char *at : {"begin", "epoch 0", "batch 1", "test loss,mae",
                         "end 0 loss,mae,val_loss,val_mae,own",
                         "trained loss,mae,val_loss,val_mae,own"}) {
    Session session = openLinear();
    Recorder recorder;
    recorder.act = [&](const std::string &call, Trainer &) {
      return call == at ? Expected<void>(fail("disk", "is full"))
                        : Expected<void>();
    };
    auto history = session.fit(makeLine(16), fitOptions({&recorder}));
    ASSERT_FALSE(history) << at;
    EXPECT_EQ(history.error().message(), "disk: is full");
    EXPECT_EQ(recorder.calls.back(), at);
    EXPECT_TRUE(session.evaluate(makeLine(4), 4));
  }
}

TEST(Callbacks, SeeTheModel) {
  Session session = openLinear();
  Recorder recorder;
  NamedTensors kept;
  recorder.act = [&](const std::string &call, Trainer &trainer) {
    if (call == "epoch 1") {
      EXPECT_EQ(*trainer.iterations(), 3);
      kept = *trainer.weights();
      EXPECT_EQ(trainer.logNames(),
                (Calls{"loss", "mae", "val_loss", "val_mae"}));
      EXPECT_EQ(trainer.direction("val_loss"), Direction::Down);
      EXPECT_EQ(trainer.direction("mae"), Direction::Unknown);
      EXPECT_FALSE(trainer.learningRate());
      EXPECT_FALSE(trainer.setLearningRate(1));
    }
    if (call.starts_with("batch")) {
      EXPECT_EQ(trainer.batchLogs()->size(), 2u);
      EXPECT_EQ(*trainer.batchLogs(), *trainer.batchLogs());
    }
    return call.starts_with("trained") ? trainer.setWeights(kept)
                                       : Expected<void>();
  };
  ASSERT_TRUE(session.fit(makeLine(16), fitOptions({&recorder})));
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].first, "fc/kernel");
  Session once = openLinear();
  FitOptions options = fitOptions();
  options.epochs = 1;
  ASSERT_TRUE(once.fit(makeLine(16), options));
  for (const char *name : {"fc/kernel", "fc/bias"})
    EXPECT_EQ(session.state(name)->as<float>()[0],
              once.state(name)->as<float>()[0]);
}

TEST(Callbacks, OfKerasWorkTogether) {
  std::string pattern = testing::TempDir() + "dlc-callbacks-XXXXXX";
  std::filesystem::path folder = ::mkdtemp(pattern.data());
  Session session = openLinear();
  callbacks::EarlyStopping stop(
      {.monitor = "loss", .mode = callbacks::Mode::Max});
  callbacks::ModelCheckpoint checkpoint(folder / "new/e{epoch}.keras");
  FitOptions options = fitOptions({&stop, &checkpoint});
  options.epochs = 9;
  auto history = session.fit(makeLine(16), options);
  ASSERT_TRUE(history) << history.error().message();
  // The loss falls, so the second epoch is no improvement.
  EXPECT_EQ(history->epochs[0].second.size(), 2u);
  EXPECT_EQ(stop.stoppedEpoch(), 1);
  EXPECT_TRUE(std::filesystem::exists(folder / "new/e2.keras"));
  EXPECT_FALSE(std::filesystem::exists(folder / "new/e3.keras"));
  std::filesystem::remove_all(folder);

  callbacks::ReduceLROnPlateau reduce;
  history = session.fit(makeLine(16), fitOptions({&reduce}));
  ASSERT_FALSE(history);
  EXPECT_EQ(history.error().message(),
            "the learning rate: is no variable of model \"linear\" but its "
            "optimizer follows a schedule, or it has none; compile it with a "
            "number as learning_rate");
}

} // namespace
} // namespace dlc::test
