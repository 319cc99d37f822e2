// Tells all who listen to a fit of its progress: Keras' CallbackList.
#pragma once

#include "runtime/session/Session.h"
#include "runtime/session/backup/Backup.h"

namespace dlc::session {

/// Calls the objects in their order, then the plain function. The first error
/// ends the round.
class CallbackList {
public:
  CallbackList(const Callbacks &callbacks, Trainer &trainer)
      : callbacks(callbacks), trainer(trainer) {}

  // Epochs and batches are counted from 0.
  Expected<void> onTrainBegin();
  /// In its place where fit goes on: there are as many states as objects.
  Expected<void> loadStates(const CallbackStates &states);
  /// What the objects have to know to go on from here.
  CallbackStates saveStates() const;
  Expected<void> onEpochBegin(int64_t epoch);
  Expected<void> onTrainBatchEnd(int64_t batch);
  Expected<void> onTestEnd(const Logs &logs);
  /// Of the objects; the plain function comes after the history.
  Expected<void> onEpochEnd(int64_t epoch, Logs &logs);
  Expected<void> onTrainEnd(const Logs &logs);

private:
  template <typename Hook> Expected<void> each(Hook hook) {
    for (Callback *callback : callbacks.objects)
      if (auto done = hook(*callback); !done)
        return done;
    return {};
  }

  const Callbacks &callbacks;
  Trainer &trainer;
};

} // namespace dlc::session
