// Sets the learning rate at the start of each epoch.
#include "runtime/session/callbacks/LearningRateScheduler.h"

#include <fmt/format.h>

namespace dlc::callbacks {

Expected<void> LearningRateScheduler::onTrainBegin(Trainer &) {
  if (!schedule)
    return fail(name(), "has no schedule", "it asks one for each epoch's rate",
                "give it a function");
  return {};
}

Expected<void> LearningRateScheduler::onEpochBegin(int64_t epoch,
                                                   Trainer &trainer) {
  auto rate = trainer.learningRate();
  if (!rate)
    return Unexpected(rate.error());
  double next = schedule(epoch, *rate);
  if (auto set = trainer.setLearningRate(next); !set)
    return set;
  if (verbose > 0)
    trainer.note(fmt::format(
        "Epoch {}: LearningRateScheduler setting learning rate to {}.",
        epoch + 1, next));
  return {};
}

Expected<void> LearningRateScheduler::onEpochEnd(int64_t, Logs &logs,
                                                 Trainer &trainer) {
  auto rate = trainer.learningRate();
  if (!rate)
    return Unexpected(rate.error());
  setLog(logs, "learning_rate", *rate);
  return {};
}

} // namespace dlc::callbacks
