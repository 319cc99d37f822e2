// The value that a callback watches, and whether it improves.
#include "runtime/session/callbacks/Monitor.h"

#include "runtime/core/Nearest.h"

#include <cmath>

namespace dlc::callbacks {

Expected<void> Monitor::begin(const Trainer &trainer,
                              const std::string &callback) {
  Direction direction = mode == Mode::Min   ? Direction::Down
                        : mode == Mode::Max ? Direction::Up
                                            : trainer.direction(log);
  if (direction == Direction::Unknown) {
    std::string nearest = findNearest(log, trainer.logNames());
    return fail(callback, "has the monitor \"" + log + "\"",
                "whether that should grow or shrink is not known",
                (nearest.empty() ? "" : "monitor \"" + nearest + "\", or ") +
                    "give mode=min or mode=max");
  }
  isUp = direction == Direction::Up;
  return {};
}

bool Monitor::improves(double value, std::optional<double> reference) const {
  if (!reference)
    return true;
  double delta = std::abs(minDelta);
  auto compared = float(value - (isUp ? delta : -delta));
  return isUp ? compared > float(*reference) : compared < float(*reference);
}

} // namespace dlc::callbacks
