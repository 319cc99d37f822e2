// A model whose logs a test makes up.
#pragma once

#include "runtime/session/callbacks/Callback.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace dlc::test {

class FakeTrainer final : public Trainer {
public:
  bool stopped = false;
  double rate = 0.1;
  int64_t steps = 0;
  float weight = 0;
  Logs logs = {{"loss", 1}};
  std::vector<std::string> saved = {}, notes = {};

  void stopTraining() override { stopped = true; }
  Expected<Logs> batchLogs() override { return logs; }
  std::vector<std::string> logNames() const override {
    return {"loss", "accuracy", "val_loss", "val_accuracy"};
  }
  Direction direction(std::string_view log) const override {
    return log.ends_with("loss")       ? Direction::Down
           : log.ends_with("accuracy") ? Direction::Up
                                       : Direction::Unknown;
  }
  Expected<double> learningRate() const override { return rate; }
  Expected<void> setLearningRate(double value) override {
    rate = value;
    return {};
  }
  Expected<int64_t> iterations() const override { return steps; }
  Expected<NamedTensors> weights() const override {
    return NamedTensors{{"w", Tensor::of<float>(DType::F32, {}, {weight})}};
  }
  Expected<void> setWeights(const NamedTensors &weights) override {
    weight = weights.at(0).second.as<float>()[0];
    return {};
  }
  Expected<void> save(const std::filesystem::path &path) const override {
    const_cast<FakeTrainer *>(this)->saved.push_back(path.filename());
    return {};
  }
  void note(const std::string &text) override { notes.push_back(text); }

  /// Runs epochs with these values of `log` until the callback stops; gives how
  /// many ran. The weight of an epoch is its number, from 1.
  int64_t run(Callback &callback, const std::string &log,
              const std::vector<double> &values, bool begin = true) {
    if (begin)
      EXPECT_TRUE(callback.onTrainBegin(*this));
    int64_t epoch = 0;
    stopped = false;
    for (double value : values) {
      weight = float(epoch + 1);
      last = {{"loss", 0.5}, {"accuracy", 0.25}};
      setLog(last, log, value);
      EXPECT_TRUE(callback.onEpochBegin(epoch, *this));
      EXPECT_TRUE(callback.onEpochEnd(epoch++, last, *this));
      rates.push_back(rate);
      if (stopped)
        break;
    }
    EXPECT_TRUE(callback.onTrainEnd(last, *this));
    return epoch;
  }
  Logs last = {};
  std::vector<double> rates = {}; // after each epoch
};

/// A folder of a test, removed with all that is in it.
class FolderTest : public testing::Test {
protected:
  FolderTest() {
    std::string pattern = testing::TempDir() + "dlc-callbacks-XXXXXX";
    folder = ::mkdtemp(pattern.data());
  }
  ~FolderTest() override { std::filesystem::remove_all(folder); }
  std::string at(const std::string &name) const {
    return (folder / name).string();
  }
  std::filesystem::path folder;
};

} // namespace dlc::test
