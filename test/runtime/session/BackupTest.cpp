// A backup as a file, its folder, and what must be the same to go on from it.
#include "runtime/core/AtomicFile.h"
#include "runtime/session/backup/BackupFolder.h"
#include "test/runtime/keras/Temporary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>

namespace dlc::test {
namespace {

using namespace dlc::session;

Backup makeBackup() {
  Backup backup;
  backup.identity = {{"--seed", "3"}, {"\"w\" of", "float32 (2, 1)"}};
  backup.position = {2, 5, 25, true};
  backup.everySteps = 7;
  backup.states = {{std::byte(1), std::byte(2)}, {}};
  backup.epochs = {{"loss", {0.1, NAN, INFINITY}}, {"mae", {1e-300, -0.0, 3}}};
  backup.batchLoss = {1.0 / 3, 2};
  backup.callbacks = {{"EarlyStopping",
                       {std::string("a\0b", 3),
                        {{"w", Tensor::of<float>(DType::F32, {2, 1}, {1, 2})},
                         {"n", Tensor(DType::I32, {})}}}}};
  return backup;
}

TEST(BackupFile, ComesBackAsItWas) {
  TemporaryFolder folder;
  Backup backup = makeBackup();
  auto written = writeBackup(backup, folder / "a");
  ASSERT_TRUE(written) << written.error().message();
  auto read = readBackup(folder / "a");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->identity, backup.identity);
  EXPECT_EQ(read->position.epoch, 2);
  EXPECT_EQ(read->position.step, 5);
  EXPECT_EQ(read->position.steps, 25);
  EXPECT_TRUE(read->position.stopped);
  EXPECT_EQ(read->everySteps, 7);
  EXPECT_EQ(read->states, backup.states);
  EXPECT_EQ(read->batchLoss, backup.batchLoss);
  ASSERT_EQ(read->epochs.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(read->epochs[i].first, backup.epochs[i].first);
    // By bits: NaN and the sign of zero too.
    ASSERT_EQ(read->epochs[i].second.size(), 3u);
    EXPECT_EQ(std::memcmp(read->epochs[i].second.data(),
                          backup.epochs[i].second.data(), 3 * sizeof(double)),
              0);
  }
  ASSERT_EQ(read->callbacks.size(), 1u);
  const auto &[callback, state] = read->callbacks[0];
  EXPECT_EQ(callback, "EarlyStopping");
  EXPECT_EQ(state.json, backup.callbacks[0].second.json);
  ASSERT_EQ(state.tensors.size(), 2u);
  EXPECT_EQ(state.tensors[0].second.as<float>()[1], 2);
  EXPECT_EQ(state.tensors[1].second.dtype(), DType::I32);
  EXPECT_EQ(state.tensors[1].second.shape(), Shape());
}

TEST(BackupFile, RefusesEveryChangedByteAndLength) {
  TemporaryFolder folder;
  std::filesystem::path path = folder / "a";
  ASSERT_TRUE(writeBackup(makeBackup(), path));
  std::vector<std::byte> bytes = *readFile(path);
  auto refuses = [&](std::span<const std::byte> changed) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char *>(changed.data()),
               std::streamsize(changed.size()));
    auto read = readBackup(path);
    return !read && read.error().thing.starts_with(path.string());
  };
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] ^= std::byte(0x41);
    EXPECT_TRUE(refuses(bytes)) << "byte " << i << " of " << bytes.size();
    bytes[i] ^= std::byte(0x41);
  }
  for (size_t size = 0; size < bytes.size(); size += 7)
    EXPECT_TRUE(refuses(std::span(bytes).first(size))) << size;
}

TEST(BackupFile, IsNoCompiledModel) {
  TemporaryFolder folder;
  std::ofstream(folder / "a") << "\x89"
                                 "DLC\r\n\x1a\n and more than a "
                                 "header of sixty-four bytes holds of it";
  auto read = readBackup(folder / "a");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().value, "is not a backup of a run");
}

TEST(BackupFolder, HoldsTheBackupsOfOneRun) {
  TemporaryFolder folder;
  std::filesystem::path path = folder / "runs" / "first";
  EXPECT_EQ(BackupFolder::reopen(path).error().value,
            "holds no backup of a run");
  {
    auto opened = BackupFolder::create(path);
    ASSERT_TRUE(opened) << opened.error().message();
    EXPECT_EQ(BackupFolder::create(path).error().value,
              "is in use by another run");
    EXPECT_EQ(BackupFolder::reopen(path).error().value,
              "holds no backup of a run");
    ASSERT_TRUE(opened->write(makeBackup()));
    ASSERT_TRUE(opened->finish());
    EXPECT_EQ(opened->reuse(), makeBackup().states);
    EXPECT_EQ(BackupFolder::reopen(path).error().value,
              "is in use by another run");
  }
  EXPECT_EQ(BackupFolder::create(path).error().value,
            "holds the backup of a run");
  // What a killed run has left goes; the backup stays.
  std::ofstream(path / "state.dlcb.AbCdEf") << "half";
  std::ofstream(path / "notes.txt") << "mine";
  auto again = BackupFolder::reopen(path);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_TRUE(readBackup(again->path()));
  EXPECT_FALSE(std::filesystem::exists(path / "state.dlcb.AbCdEf"));
  EXPECT_TRUE(std::filesystem::exists(path / "notes.txt"));
}

TEST(BackupFolder, NeedsAFolder) {
  TemporaryFolder folder;
  std::ofstream(folder / "file") << "text";
  auto opened = BackupFolder::create(folder / "file");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().thing, (folder / "file").string());
}

TEST(BackupFolder, GivesTheErrorOfTheLastBackup) {
  TemporaryFolder folder;
  auto opened = BackupFolder::create(folder / "run");
  ASSERT_TRUE(opened);
  std::filesystem::remove_all(folder / "run");
  ASSERT_TRUE(opened->write(makeBackup()));
  auto second = opened->write(makeBackup());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().thing, opened->path().string());
  EXPECT_TRUE(opened->finish()); // told once
}

std::string compare(const Identity &before, const Identity &now) {
  auto same = compareIdentities(before, now, "run/state.dlcb");
  return same ? "" : same.error().value + " but " + same.error().limit;
}

TEST(Identity, NamesTheFirstThingThatDiffers) {
  Identity run = {{"--seed", "3"}, {"--batch", "8"}};
  EXPECT_EQ(compare(run, run), "");
  EXPECT_EQ(compare(run, {{"--seed", "3"}, {"--batch", "9"}}),
            "was made with --batch 8 but this run has 9");
  EXPECT_EQ(
      compare({{"\"a\" of", "float32 (1)"}}, {{"\"b\" of", "float32 (2)"}}),
      "was made with \"a\" of float32 (1) but this run has \"b\" of "
      "float32 (2)");
  EXPECT_NE(compare(run, {{"--seed", "3"}}), "");
  EXPECT_NE(compare({{"--seed", "3"}}, run), "");
}

TEST(Identity, NamesTheKeyOfAConfigurationThatDiffers) {
  auto with = [](const std::string &config) {
    return Identity{{"model's configuration", config}};
  };
  std::string adam = R"({"optimizer": {"name": "adam", "rates": [1, 2]}})";
  EXPECT_EQ(compare(with(adam), with(adam)), "");
  EXPECT_EQ(compare(with("{\"a\": 1}"), with("{\"a\":1}")), "");
  EXPECT_EQ(compare(with(adam),
                    with(R"({"optimizer": {"name": "sgd", "rates": [1, 2]}})")),
            "was made with optimizer.name adam but this run has sgd");
  EXPECT_EQ(
      compare(with(adam),
              with(R"({"optimizer": {"name": "adam", "rates": [1, 3]}})")),
      "was made with optimizer.rates.1 2 but this run has 3");
  EXPECT_EQ(
      compare(with(R"({"a": {"c": 1}, "b": 2})"), with(R"({"a": {}, "b": 3})")),
      "was made with b 2 but this run has 3");
  EXPECT_EQ(compare(with(adam), with("{}")),
            "was made with optimizer an object but this run has none");
  EXPECT_EQ(compare(with("{}"), with(adam)),
            "was made without optimizer but this run has it: an object");
  // No depth is too deep, and what is no JSON differs.
  std::string deep(100000, '['), deeper = deep + "[";
  deep += "1" + std::string(100000, ']');
  deeper += "1" + std::string(100001, ']');
  EXPECT_NE(compare(with(deep), with(deeper)), "");
  EXPECT_NE(compare(with("{"), with("}")), "");
}

} // namespace
} // namespace dlc::test
