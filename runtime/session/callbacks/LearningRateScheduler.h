// Sets the learning rate at the start of each epoch. Semantics:
// keras/src/callbacks/learning_rate_scheduler.py.
#pragma once

#include "runtime/session/callbacks/Callback.h"

#include <functional>

namespace dlc::callbacks {

/// Also adds `learning_rate` to the logs.
class LearningRateScheduler : public Callback {
public:
  /// The rate of an epoch, counted from 0, from the rate before it.
  using Schedule = std::function<double(int64_t epoch, double rate)>;
  /// With `verbose` of 1 it tells each rate.
  explicit LearningRateScheduler(Schedule schedule, int64_t verbose = 0)
      : schedule(std::move(schedule)), verbose(verbose) {}

  std::string name() const override { return "LearningRateScheduler"; }
  Expected<void> onTrainBegin(Trainer &trainer) override;
  Expected<void> onEpochBegin(int64_t epoch, Trainer &trainer) override;
  Expected<void> onEpochEnd(int64_t epoch, Logs &logs,
                            Trainer &trainer) override;

private:
  Schedule schedule;
  int64_t verbose;
};

} // namespace dlc::callbacks
