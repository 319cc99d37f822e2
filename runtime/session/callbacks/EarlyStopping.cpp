// Stops when a monitored value no longer improves.
#include "runtime/session/callbacks/EarlyStopping.h"

#include "runtime/session/callbacks/StateJson.h"

#include <fmt/format.h>

namespace dlc::callbacks {

EarlyStopping::EarlyStopping() : EarlyStopping(Options()) {}

EarlyStopping::EarlyStopping(Options given)
    : options(std::move(given)),
      monitor(options.monitor, options.mode, options.minDelta) {}

Expected<void> EarlyStopping::onTrainBegin(Trainer &trainer) {
  wait = stopped = bestAt = 0;
  bestValue.reset();
  bestWeights.reset();
  hasWarned = false;
  return monitor.begin(trainer, name());
}

Expected<void> EarlyStopping::keepWeights(int64_t epoch,
                                          const Trainer &trainer) {
  bestAt = epoch;
  if (!options.restoreBestWeights)
    return {};
  auto weights = trainer.weights();
  if (!weights)
    return Unexpected(weights.error());
  bestWeights = *std::move(weights);
  return {};
}

Expected<void> EarlyStopping::onEpochEnd(int64_t epoch, Logs &logs,
                                         Trainer &trainer) {
  const double *current = monitor.find(logs);
  if (!current && !hasWarned) {
    hasWarned = true;
    trainer.note(fmt::format("Early stopping conditioned on metric `{}` which "
                             "is not available. Available metrics are: {}",
                             monitor.name(), listNames(logs)));
  }
  if (!current || epoch < options.startFromEpoch)
    return {};
  ++wait;
  if (monitor.improves(*current, bestValue)) {
    bestValue = *current;
    if (auto kept = keepWeights(epoch, trainer); !kept)
      return kept;
    if (!options.baseline || monitor.improves(*current, options.baseline))
      wait = 0;
    return {};
  }
  if (wait >= options.patience && epoch > 0) {
    stopped = epoch;
    trainer.stopTraining();
  }
  return {};
}

Expected<void> EarlyStopping::onTrainEnd(const Logs &, Trainer &trainer) {
  if (stopped > 0 && options.verbose > 0)
    trainer.note(fmt::format("Epoch {}: early stopping", stopped + 1));
  if (!bestWeights)
    return {};
  if (options.verbose > 0)
    trainer.note(fmt::format("Restoring model weights from the end of the best "
                             "epoch: {}.",
                             bestAt + 1));
  return trainer.setWeights(*bestWeights);
}

CallbackState EarlyStopping::saveState() const {
  Json json = {{"wait", wait},
               {"stopped_epoch", stopped},
               {"best_epoch", bestAt},
               {"best", toJson(bestValue)}};
  return {json.dump(), bestWeights.value_or(NamedTensors())};
}

Expected<void> EarlyStopping::loadState(const CallbackState &state,
                                        Trainer &trainer) {
  if (auto begun = onTrainBegin(trainer); !begun)
    return begun;
  auto reader = StateReader::parse(state, name());
  if (!reader)
    return Unexpected(reader.error());
  for (auto [key, to] : {std::pair{"wait", &wait},
                         {"stopped_epoch", &stopped},
                         {"best_epoch", &bestAt}})
    if (auto read = reader->read(key, *to); !read)
      return read;
  if (options.restoreBestWeights && !state.tensors.empty())
    bestWeights = state.tensors;
  return reader->read("best", bestValue);
}

} // namespace dlc::callbacks
