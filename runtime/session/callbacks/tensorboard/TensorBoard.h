// Logs for TensorBoard. Semantics and names:
// keras/src/callbacks/tensorboard.py; of it the scalars.
#pragma once

#include "runtime/session/callbacks/Callback.h"
#include "runtime/session/callbacks/tensorboard/EventFile.h"

#include <chrono>
#include <optional>

namespace dlc::callbacks {

/// Writes epoch_loss, epoch_METRIC and epoch_learning_rate by epoch to
/// LOG_DIR/train and LOG_DIR/validation, and there
/// evaluation_METRIC_vs_iterations by the optimizer's steps.
class TensorBoard : public Callback {
public:
  struct Options {
    std::string logDir = "logs";
    /// Also write batch_loss and batch_METRIC after each so many steps; none:
    /// by epoch alone. Reading them makes a GPU wait.
    std::optional<int64_t> updateFreq = {};
    /// Also write epoch_steps_per_second.
    bool writeStepsPerSecond = false;
  };
  TensorBoard();
  explicit TensorBoard(Options options);
  explicit TensorBoard(std::string logDir);

  std::string name() const override { return "TensorBoard"; }
  Expected<void> onTrainBegin(Trainer &trainer) override;
  Expected<void> onEpochBegin(int64_t epoch, Trainer &trainer) override;
  Expected<void> onTrainBatchEnd(int64_t batch, Trainer &trainer) override;
  Expected<void> onTestEnd(const Logs &logs, Trainer &trainer) override;
  Expected<void> onEpochEnd(int64_t epoch, Logs &logs,
                            Trainer &trainer) override;
  Expected<void> onTrainEnd(const Logs &logs, Trainer &trainer) override;
  CallbackState saveState() const override;
  /// Goes on in new files beside the old ones; what was written behind the
  /// saved state comes twice, and TensorBoard shows the later values.
  Expected<void> loadState(const CallbackState &state,
                           Trainer &trainer) override;

private:
  using Clock = std::chrono::steady_clock;
  Expected<void> write(std::optional<EventFile> &file, const char *folder,
                       const Logs &values, const std::string &prefix,
                       const std::string &suffix, int64_t step);

  Options options;
  std::optional<EventFile> train, validation;
  int64_t batches = 0; // of this fit
  int64_t iterationsBefore = 0;
  Clock::time_point epochStart = {};
};

} // namespace dlc::callbacks
