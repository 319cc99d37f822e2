// Tells all who listen to a fit of its progress.
#include "runtime/session/fit/CallbackList.h"

namespace dlc::session {

Expected<void> CallbackList::onTrainBegin() {
  auto begun = each([&](Callback &c) { return c.onTrainBegin(trainer); });
  if (begun && callbacks.onTrainBegin)
    callbacks.onTrainBegin(trainer);
  return begun;
}

Expected<void> CallbackList::loadStates(const CallbackStates &states) {
  auto state = states.begin();
  auto loaded = each([&](Callback &c) {
    return state == states.end() ? c.onTrainBegin(trainer)
                                 : c.loadState((state++)->second, trainer);
  });
  if (loaded && callbacks.onTrainBegin)
    callbacks.onTrainBegin(trainer);
  return loaded;
}

CallbackStates CallbackList::saveStates() const {
  CallbackStates states;
  for (const Callback *object : callbacks.objects)
    states.emplace_back(object->name(), object->saveState());
  return states;
}

Expected<void> CallbackList::onEpochBegin(int64_t epoch) {
  auto begun =
      each([&](Callback &c) { return c.onEpochBegin(epoch, trainer); });
  if (begun && callbacks.onEpochBegin)
    callbacks.onEpochBegin(epoch + 1, trainer);
  return begun;
}

Expected<void> CallbackList::onTrainBatchEnd(int64_t batch) {
  return each([&](Callback &c) { return c.onTrainBatchEnd(batch, trainer); });
}

Expected<void> CallbackList::onTestEnd(const Logs &logs) {
  return each([&](Callback &c) { return c.onTestEnd(logs, trainer); });
}

Expected<void> CallbackList::onEpochEnd(int64_t epoch, Logs &logs) {
  return each([&](Callback &c) { return c.onEpochEnd(epoch, logs, trainer); });
}

Expected<void> CallbackList::onTrainEnd(const Logs &logs) {
  auto ended = each([&](Callback &c) { return c.onTrainEnd(logs, trainer); });
  if (ended && callbacks.onTrainEnd)
    callbacks.onTrainEnd(logs, trainer);
  return ended;
}

} // namespace dlc::session
