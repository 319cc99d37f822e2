// The value that a callback watches, and whether it improves. Semantics:
// keras/src/callbacks/monitor_callback.py.
#pragma once

#include "runtime/session/callbacks/Callback.h"

#include <optional>

namespace dlc::callbacks {

/// Which values of a monitored log are better. Auto: the loss' smaller ones, a
/// metric's as its class says.
enum class Mode : uint8_t { Auto, Min, Max };

class Monitor {
public:
  /// A change of less than `minDelta` is no improvement.
  Monitor(std::string log, Mode mode, double minDelta = 0)
      : log(std::move(log)), mode(mode), minDelta(minDelta) {}

  /// Finds the direction; an error where `mode` leaves it to a metric that has
  /// none. `callback` is what messages call its owner.
  Expected<void> begin(const Trainer &trainer, const std::string &callback);

  const std::string &name() const { return log; }
  /// The value in these logs, or null.
  const double *find(const Logs &logs) const { return findLog(logs, log); }
  /// Whether `value` is better than `reference`, by float32 numbers as Keras
  /// compares; true where there is no reference yet.
  bool improves(double value, std::optional<double> reference) const;

private:
  std::string log;
  Mode mode;
  double minDelta;
  bool isUp = false;
};

} // namespace dlc::callbacks
