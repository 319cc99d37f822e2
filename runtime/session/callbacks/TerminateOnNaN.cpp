// Ends training when the loss is no longer a number.
#include "runtime/session/callbacks/TerminateOnNaN.h"

#include <fmt/format.h>

#include <cmath>

namespace dlc::callbacks {

Expected<void> TerminateOnNaN::onTrainBatchEnd(int64_t batch,
                                               Trainer &trainer) {
  auto logs = trainer.batchLogs();
  if (!logs)
    return Unexpected(logs.error());
  const double *loss = findLog(*logs, "loss");
  if (!loss || std::isfinite(*loss))
    return {};
  if (raiseError)
    return fail("the loss", fmt::format("is {} after batch {}", *loss, batch),
                "training goes on with numbers only",
                "take a smaller learning rate, or clip gradients");
  trainer.note(
      fmt::format("Batch {}: Invalid loss, terminating training", batch));
  trainer.stopTraining();
  return {};
}

} // namespace dlc::callbacks
