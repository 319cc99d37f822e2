// Lowers the learning rate when a monitored value no longer improves.
#include "runtime/session/callbacks/ReduceLROnPlateau.h"

#include "runtime/session/callbacks/StateJson.h"

#include <fmt/format.h>

#include <algorithm>

namespace dlc::callbacks {

ReduceLROnPlateau::ReduceLROnPlateau() : ReduceLROnPlateau(Options()) {}

ReduceLROnPlateau::ReduceLROnPlateau(Options given)
    : options(std::move(given)),
      monitor(options.monitor, options.mode, options.minDelta) {}

Expected<void> ReduceLROnPlateau::onTrainBegin(Trainer &trainer) {
  wait = cooldownLeft = 0;
  best.reset();
  hasWarned = false;
  // Not `factor >= 1`: NaN is no factor either.
  if (!(options.factor < 1))
    return fail(name(), fmt::format("has factor={}", options.factor),
                "the rate is to become less", "give a factor below 1");
  auto rate = trainer.learningRate();
  if (!rate)
    return Unexpected(rate.error());
  // That a schedule's rate cannot be set is told before training.
  if (auto set = trainer.setLearningRate(*rate); !set)
    return set;
  return monitor.begin(trainer, name());
}

Expected<void> ReduceLROnPlateau::reduce(int64_t epoch, double rate,
                                         Trainer &trainer) {
  if (!(rate > double(float(options.minLR))))
    return {};
  double reduced = std::max(rate * options.factor, options.minLR);
  if (auto set = trainer.setLearningRate(reduced); !set)
    return set;
  if (options.verbose > 0)
    trainer.note(
        fmt::format("Epoch {}: ReduceLROnPlateau reducing learning rate to {}.",
                    epoch + 1, reduced));
  cooldownLeft = options.cooldown;
  wait = 0;
  return {};
}

Expected<void> ReduceLROnPlateau::onEpochEnd(int64_t epoch, Logs &logs,
                                             Trainer &trainer) {
  auto rate = trainer.learningRate();
  if (!rate)
    return Unexpected(rate.error());
  setLog(logs, "learning_rate", *rate);
  const double *current = monitor.find(logs);
  if (!current) {
    if (!hasWarned)
      trainer.note(fmt::format(
          "Learning rate reduction is conditioned on metric `{}` which is not "
          "available. Available metrics are: {}.",
          monitor.name(), listNames(logs)));
    hasWarned = true;
    return {};
  }
  if (cooldownLeft > 0) {
    --cooldownLeft;
    wait = 0;
  }
  if (monitor.improves(*current, best)) {
    best = *current;
    wait = 0;
  } else if (cooldownLeft <= 0 && ++wait >= options.patience) {
    return reduce(epoch, *rate, trainer);
  }
  return {};
}

CallbackState ReduceLROnPlateau::saveState() const {
  Json json = {
      {"wait", wait}, {"cooldown", cooldownLeft}, {"best", toJson(best)}};
  return {json.dump()};
}

Expected<void> ReduceLROnPlateau::loadState(const CallbackState &state,
                                            Trainer &trainer) {
  if (auto begun = onTrainBegin(trainer); !begun)
    return begun;
  auto reader = StateReader::parse(state, name());
  if (!reader)
    return Unexpected(reader.error());
  for (auto [key, to] : {std::pair{"wait", &wait}, {"cooldown", &cooldownLeft}})
    if (auto read = reader->read(key, *to); !read)
      return read;
  return reader->read("best", best);
}

} // namespace dlc::callbacks
