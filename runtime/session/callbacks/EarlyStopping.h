// Stops when a monitored value no longer improves. Semantics:
// keras/src/callbacks/early_stopping.py.
#pragma once

#include "runtime/session/callbacks/Monitor.h"

#include <optional>

namespace dlc::callbacks {

class EarlyStopping : public Callback {
public:
  struct Options {
    std::string monitor = "val_loss";
    /// A change of less is no improvement.
    double minDelta = 0;
    /// Epochs without improvement after which training stops.
    int64_t patience = 0;
    /// 1: tells when it stops and what it restores.
    int64_t verbose = 0;
    Mode mode = Mode::Auto;
    /// Stops also where the value does not become better than this.
    std::optional<double> baseline = {};
    /// At the end of training go back to the weights of the best epoch, which
    /// are kept in host memory.
    bool restoreBestWeights = false;
    /// Epochs at the start that do not count.
    int64_t startFromEpoch = 0;
  };
  EarlyStopping();
  explicit EarlyStopping(Options options);

  /// The epoch, from 0, after which it stopped; 0 if it did not.
  int64_t stoppedEpoch() const { return stopped; }
  /// The best value seen, and the epoch, from 0, that had it.
  std::optional<double> best() const { return bestValue; }
  int64_t bestEpoch() const { return bestAt; }

  std::string name() const override { return "EarlyStopping"; }
  Expected<void> onTrainBegin(Trainer &trainer) override;
  Expected<void> onEpochEnd(int64_t epoch, Logs &logs,
                            Trainer &trainer) override;
  Expected<void> onTrainEnd(const Logs &logs, Trainer &trainer) override;
  CallbackState saveState() const override;
  Expected<void> loadState(const CallbackState &state,
                           Trainer &trainer) override;

private:
  Expected<void> keepWeights(int64_t epoch, const Trainer &trainer);

  Options options;
  Monitor monitor;
  int64_t wait = 0, stopped = 0, bestAt = 0;
  std::optional<double> bestValue;
  std::optional<NamedTensors> bestWeights;
  bool hasWarned = false;
};

} // namespace dlc::callbacks
