// Ends training when the loss is no longer a number. Semantics:
// keras/src/callbacks/terminate_on_nan.py.
#pragma once

#include "runtime/session/callbacks/Callback.h"

namespace dlc::callbacks {

/// Looks after each step, or after those of a launch, at the running mean of
/// the loss, which one step that is NaN or infinite makes so too.
class TerminateOnNaN : public Callback {
public:
  /// With `raiseError` fit gives an error in place of ending.
  explicit TerminateOnNaN(bool raiseError = false) : raiseError(raiseError) {}

  std::string name() const override { return "TerminateOnNaN"; }
  Expected<void> onTrainBatchEnd(int64_t batch, Trainer &trainer) override;

private:
  bool raiseError;
};

} // namespace dlc::callbacks
