// The model in training, as callbacks see it.
#pragma once

#include "runtime/session/Impl.h"

#include <chrono>

namespace dlc::session {

class SessionTrainer final : public Trainer {
public:
  SessionTrainer(Session::Impl &impl, const Callbacks &callbacks,
                 bool validates)
      : impl(impl), callbacks(callbacks), validates(validates) {}

  /// Whether a callback asked to stop.
  bool isStopped() const { return stopped; }
  /// What was read of the metrics is of steps before these.
  void startEpoch();
  void endStep() { isCurrent = false; }
  /// The metrics, read again unless they are current or were read in the last
  /// `maxAge` seconds of this epoch.
  Expected<Logs> readLogs(double maxAge);

  void stopTraining() override { stopped = true; }
  Expected<Logs> batchLogs() override { return readLogs(/*maxAge=*/0); }
  std::vector<std::string> logNames() const override;
  Direction direction(std::string_view log) const override;
  Expected<double> learningRate() const override;
  Expected<void> setLearningRate(double rate) override;
  Expected<int64_t> iterations() const override;
  Expected<NamedTensors> weights() const override;
  Expected<void> setWeights(const NamedTensors &weights) override;
  Expected<void> save(const std::filesystem::path &path) const override;
  void note(const std::string &text) override;

private:
  using Clock = std::chrono::steady_clock;

  Session::Impl &impl;
  const Callbacks &callbacks;
  bool validates;
  bool stopped = false;
  Logs logs = {}; // as last read
  bool isCurrent = false;
  Clock::time_point lastRead = {};
};

} // namespace dlc::session
