// What CSVLogger and TensorBoard write.
#include "runtime/session/callbacks/CSVLogger.h"
#include "runtime/session/callbacks/TerminateOnNaN.h"
#include "runtime/session/callbacks/tensorboard/TensorBoard.h"

#include "runtime/core/AtomicFile.h"
#include "test/runtime/session/callbacks/FakeTrainer.h"

#include <cmath>

namespace dlc::test {
namespace {

using callbacks::CSVLogger;
using callbacks::TensorBoard;
using callbacks::TerminateOnNaN;

class LogFiles : public FolderTest {
protected:
  static std::string read(const std::string &path) {
    auto bytes = readFile(path);
    if (!bytes)
      return bytes.error().message();
    return {reinterpret_cast<const char *>(bytes->data()), bytes->size()};
  }
  FakeTrainer trainer;
};

TEST_F(LogFiles, CSVHasSortedColumns) {
  CSVLogger log(at("log.csv"));
  trainer.run(log, "val_loss", {1, 0.1});
  EXPECT_EQ(read(at("log.csv")), "epoch,accuracy,loss,val_loss\r\n"
                                 "0,0.25,0.5,1.0\r\n"
                                 "1,0.25,0.5,0.1\r\n");
  // Without validation there are columns for it all the same.
  trainer.run(log, "loss", {2});
  EXPECT_EQ(read(at("log.csv")), "epoch,accuracy,loss,val_accuracy,val_loss\r\n"
                                 "0,0.25,2.0,NA,NA\r\n");
}

TEST_F(LogFiles, CSVAppendsAndQuotes) {
  CSVLogger log({.filename = at("log.csv"), .separator = ";", .append = true});
  trainer.run(log, "val_a;\"b", {NAN});
  trainer.run(log, "val_a;\"b", {-INFINITY});
  EXPECT_EQ(read(at("log.csv")), "epoch;accuracy;loss;\"val_a;\"\"b\"\r\n"
                                 "0;0.25;0.5;nan\r\n"
                                 "0;0.25;0.5;-inf\r\n");
  for (const char *wrong : {"", ";;", "\n"})
    EXPECT_FALSE(CSVLogger({at("log.csv"), wrong}).onTrainBegin(trainer));
  EXPECT_FALSE(CSVLogger(at("no/log.csv")).onTrainBegin(trainer));
}

TEST_F(LogFiles, CSVDropsTheRowsThatComeAgain) {
  CSVLogger first(at("log.csv")), second(at("log.csv"));
  Logs logs = {{"loss", 1}, {"val_loss", 2}};
  ASSERT_TRUE(first.onTrainBegin(trainer));
  ASSERT_TRUE(first.onEpochEnd(0, logs, trainer));
  CallbackState state = first.saveState();
  ASSERT_TRUE(first.onEpochEnd(1, logs, trainer));
  std::string whole = read(at("log.csv"));
  ASSERT_TRUE(second.loadState(state, trainer));
  ASSERT_TRUE(second.onEpochEnd(1, logs, trainer));
  EXPECT_EQ(read(at("log.csv")), whole);
  std::filesystem::remove(at("log.csv"));
  ASSERT_TRUE(second.loadState(state, trainer));
  ASSERT_TRUE(second.onEpochEnd(1, logs, trainer));
  EXPECT_EQ(read(at("log.csv")), "epoch,loss,val_loss\r\n1,1.0,2.0\r\n");
}

TEST(Crc32cTest, IsCastagnolis) {
  auto crc = [](std::string_view text) {
    return callbacks::computeCrc32c(std::as_bytes(std::span(text)));
  };
  EXPECT_EQ(crc("123456789"), 0xe3069283u); // the check value of CRC-32C
  EXPECT_EQ(crc(std::string(32, '\0')), 0x8a9136aau); // RFC 3720, B.4
  EXPECT_EQ(crc(""), 0u);
}

/// The tags in the only file of a folder, in their order.
std::vector<std::string> tags(const std::string &text) {
  std::vector<std::string> found;
  for (const char *prefix : {"epoch_", "batch_", "evaluation_"})
    for (size_t at = text.find(prefix); at != std::string::npos;
         at = text.find(prefix, at + 1))
      found.push_back(text.substr(at, size_t(text[at - 1])));
  return found;
}

TEST_F(LogFiles, TensorBoardNamesAsKerasDoes) {
  TensorBoard board({.logDir = at("logs"), .updateFreq = 2});
  ASSERT_TRUE(board.onTrainBegin(trainer));
  for (int64_t batch : {0, 1, 2, 3, 4})
    ASSERT_TRUE(board.onTrainBatchEnd(batch, trainer));
  ASSERT_TRUE(board.onTestEnd({{"loss", 2}}, trainer));
  Logs logs = {{"loss", 1}, {"learning_rate", 0.5}, {"val_loss", 2}};
  ASSERT_TRUE(board.onEpochEnd(0, logs, trainer));
  ASSERT_TRUE(board.onTrainEnd(logs, trainer));
  auto only = [&](const char *name) {
    std::filesystem::directory_iterator files(folder / "logs" / name);
    std::string text = read(files->path());
    EXPECT_EQ(++files, std::filesystem::directory_iterator());
    return text;
  };
  using Tags = std::vector<std::string>;
  std::string train = only("train");
  EXPECT_EQ(train.substr(0, 8), std::string("\x18\0\0\0\0\0\0\0", 8));
  EXPECT_NE(train.find("brain.Event:2"), std::string::npos);
  EXPECT_EQ(tags(train), (Tags{"epoch_loss", "epoch_learning_rate",
                               "batch_loss", "batch_loss"}));
  EXPECT_EQ(tags(only("validation")),
            (Tags{"epoch_loss", "evaluation_loss_vs_iterations"}));
  EXPECT_FALSE(TensorBoard({.updateFreq = 0}).onTrainBegin(trainer));
  EXPECT_FALSE(TensorBoard("/dev/null/logs").onTrainBegin(trainer));
}

TEST_F(LogFiles, TerminateOnNaNLooksAtEachLoss) {
  TerminateOnNaN terminate;
  ASSERT_TRUE(terminate.onTrainBatchEnd(0, trainer));
  EXPECT_FALSE(trainer.stopped);
  for (double wrong : {double(NAN), double(INFINITY), -double(INFINITY)}) {
    trainer.stopped = false;
    trainer.logs = {{"loss", wrong}};
    ASSERT_TRUE(terminate.onTrainBatchEnd(3, trainer));
    EXPECT_TRUE(trainer.stopped);
    EXPECT_FALSE(TerminateOnNaN(true).onTrainBatchEnd(3, trainer));
  }
  EXPECT_EQ(trainer.notes[0], "Batch 3: Invalid loss, terminating training");
}

} // namespace
} // namespace dlc::test
