// Lowers the learning rate when a monitored value no longer improves.
// Semantics: keras/src/callbacks/reduce_lr_on_plateau.py.
#pragma once

#include "runtime/session/callbacks/Monitor.h"

namespace dlc::callbacks {

/// Also adds `learning_rate`, as it was in the epoch, to the logs.
class ReduceLROnPlateau : public Callback {
public:
  struct Options {
    std::string monitor = "val_loss";
    /// The new rate is the old one times this, which is less than 1.
    double factor = 0.1;
    /// Epochs without improvement after which the rate is lowered.
    int64_t patience = 10;
    /// 1: tells each new rate.
    int64_t verbose = 0;
    Mode mode = Mode::Auto;
    /// A change of less is no improvement.
    double minDelta = 1e-4;
    /// Epochs after a reduction that do not count.
    int64_t cooldown = 0;
    /// The rate does not become less than this.
    double minLR = 0;
  };
  ReduceLROnPlateau();
  explicit ReduceLROnPlateau(Options options);

  std::string name() const override { return "ReduceLROnPlateau"; }
  Expected<void> onTrainBegin(Trainer &trainer) override;
  Expected<void> onEpochEnd(int64_t epoch, Logs &logs,
                            Trainer &trainer) override;
  CallbackState saveState() const override;
  Expected<void> loadState(const CallbackState &state,
                           Trainer &trainer) override;

private:
  Expected<void> reduce(int64_t epoch, double rate, Trainer &trainer);

  Options options;
  Monitor monitor;
  int64_t wait = 0, cooldownLeft = 0;
  std::optional<double> best;
  bool hasWarned = false;
};

} // namespace dlc::callbacks
