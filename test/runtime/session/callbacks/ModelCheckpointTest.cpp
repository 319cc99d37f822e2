// When ModelCheckpoint saves, and under which names.
#include "runtime/session/callbacks/ModelCheckpoint.h"

#include "test/runtime/session/callbacks/FakeTrainer.h"

namespace dlc::test {
namespace {

using callbacks::FilePattern;
using callbacks::formatLikePython;
using callbacks::ModelCheckpoint;
using Names = std::vector<std::string>;

std::string format(const std::string &text) {
  auto pattern = FilePattern::parse(text);
  if (!pattern)
    return pattern.error().message();
  auto name = pattern->format(7, 12, {{"loss", 0.1}, {"val_loss", 1234.5678}});
  return name ? *name : name.error().message();
}

TEST(FilePatternTest, FormatsAsPython) {
  EXPECT_EQ(format("m.keras"), "m.keras");
  EXPECT_EQ(format("{epoch:02d}-{val_loss:.2f}.keras"), "07-1234.57.keras");
  EXPECT_EQ(format("{epoch}_{batch:>4}_{loss}"), "7_  12_0.1");
  EXPECT_EQ(format("{{{epoch:03}}}"), "{007}");
  EXPECT_EQ(format("{loss:.1%} {loss:10.3e} {epoch:.1f}"),
            "10.0%  1.000e-01 7.0");
  EXPECT_EQ(formatLikePython(1), "1.0");
  EXPECT_EQ(formatLikePython(1e-5), "1e-05");
  EXPECT_EQ(formatLikePython(1e16), "1e+16");
  EXPECT_EQ(formatLikePython(0.1f), "0.10000000149011612");
}

TEST(FilePatternTest, SaysWhatIsWrong) {
  EXPECT_EQ(format("{los}.keras"),
            "{los}.keras: has the field {los} but the logs are loss,val_loss; "
            "name one of these, epoch, or, where a step is saved, batch");
  for (const char *wrong :
       {"{", "}", "{epoch", "{}", "{0[a]}", "{epoch!r}", "{loss:d}",
        "{epoch:zz}", "{loss:99999999999f}", "{loss:{epoch}}", "a}b"})
    EXPECT_NE(format(wrong).find(wrong), std::string::npos) << wrong;
}

TEST(ModelCheckpointTest, SavesEachEpoch) {
  FakeTrainer trainer;
  ModelCheckpoint checkpoint("m{epoch:02d}.keras");
  trainer.run(checkpoint, "val_loss", {1, 2});
  EXPECT_EQ(trainer.saved, (Names{"m01.keras", "m02.keras"}));
  EXPECT_EQ(checkpoint.lastSaved(), "m02.keras");
}

TEST(ModelCheckpointTest, SavesTheBestOnly) {
  FakeTrainer trainer;
  ModelCheckpoint checkpoint({.filepath = "{epoch}-{val_accuracy:.1f}.h5",
                              .monitor = "val_accuracy",
                              .verbose = 1,
                              .saveBestOnly = true,
                              .initialValueThreshold = 0.4});
  trainer.run(checkpoint, "val_accuracy", {0.3, 0.5, 0.5, 0.7});
  EXPECT_EQ(trainer.saved, (Names{"2-0.5.h5", "4-0.7.h5"}));
  EXPECT_EQ(trainer.notes[0],
            "Epoch 1: val_accuracy did not improve from 0.40000");
  EXPECT_EQ(trainer.notes[1], "Epoch 2: val_accuracy improved from 0.40000 to "
                              "0.50000, saving model to 2-0.5.h5");
  // The best lives through a second fit, as Keras' does.
  trainer.run(checkpoint, "val_accuracy", {0.6, 0.8});
  EXPECT_EQ(trainer.saved.back(), "2-0.8.h5");
  EXPECT_EQ(trainer.saved.size(), 3u);

  ModelCheckpoint missing({.filepath = "m.keras", .saveBestOnly = true});
  trainer.saved.clear();
  trainer.notes.clear();
  trainer.run(missing, "loss", {1, 2});
  EXPECT_EQ(trainer.saved.size(), 2u) << "without a value all are saved";
  EXPECT_EQ(trainer.notes.size(), 1u);
}

TEST(ModelCheckpointTest, CountsStepsOverEpochs) {
  FakeTrainer trainer;
  ModelCheckpoint checkpoint({.filepath = "{epoch}-{batch}.weights.h5",
                              .saveWeightsOnly = true,
                              .saveFreq = 3});
  ASSERT_TRUE(checkpoint.onTrainBegin(trainer));
  for (int64_t epoch = 0; epoch < 2; ++epoch) {
    ASSERT_TRUE(checkpoint.onEpochBegin(epoch, trainer));
    for (int64_t batch : {0, 1, 2, 3, 4})
      ASSERT_TRUE(checkpoint.onTrainBatchEnd(batch, trainer));
    Logs logs = {{"loss", 1}};
    ASSERT_TRUE(checkpoint.onEpochEnd(epoch, logs, trainer));
  }
  EXPECT_EQ(trainer.saved,
            (Names{"1-3.weights.h5", "2-1.weights.h5", "2-4.weights.h5"}));
  // Two steps at a launch.
  trainer.saved.clear();
  ASSERT_TRUE(checkpoint.onEpochBegin(0, trainer));
  for (int64_t batch : {1, 3, 4})
    ASSERT_TRUE(checkpoint.onTrainBatchEnd(batch, trainer));
  EXPECT_EQ(trainer.saved, (Names{"1-2.weights.h5", "1-5.weights.h5"}));
}

TEST(ModelCheckpointTest, ToldBeforeTrainingWhatCannotBeSaved) {
  FakeTrainer trainer;
  auto fails = [&](ModelCheckpoint::Options options) {
    auto begun = ModelCheckpoint(options).onTrainBegin(trainer);
    return begun ? "no error" : begun.error().message();
  };
  EXPECT_EQ(fails({.filepath = "m.keras"}), "no error");
  EXPECT_EQ(fails({.filepath = "{learning_rate}.keras"}), "no error");
  EXPECT_EQ(fails({.filepath = "m.keras", .saveWeightsOnly = true}),
            "m.keras: is to hold weights alone but the name of such a file "
            "ends in .weights.h5; give another name or save the model");
  EXPECT_NE(fails({.filepath = "m.weights.h5"}).find("save_weights_only=true"),
            std::string::npos);
  for (const char *wrong : {"", "m.txt", "{mae}.keras", "{batch}.keras", "{"})
    EXPECT_NE(fails({.filepath = wrong}), "no error") << wrong;
  EXPECT_NE(fails({.filepath = "{val_loss}.keras", .saveFreq = 2}), "no error");
  EXPECT_NE(fails({.filepath = "m.keras", .saveFreq = 0}), "no error");
}

TEST(ModelCheckpointTest, GoesOnFromItsState) {
  ModelCheckpoint::Options options = {.filepath = "{epoch}.keras",
                                      .saveBestOnly = true};
  FakeTrainer trainer;
  ModelCheckpoint first(options), second(options);
  trainer.run(first, "val_loss", {1});
  ASSERT_TRUE(second.loadState(first.saveState(), trainer));
  trainer.run(second, "val_loss", {2, 0.5}, /*begin=*/false);
  EXPECT_EQ(trainer.saved, (Names{"1.keras", "2.keras"}));
}

} // namespace
} // namespace dlc::test
