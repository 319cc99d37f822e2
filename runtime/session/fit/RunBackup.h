// A run of fit that is backed up while it trains, and goes on from its backup.
#pragma once

#include "runtime/session/Impl.h"
#include "runtime/session/backup/BackupFolder.h"

#include <optional>

namespace dlc::session {

/// What of fit's arguments and data must be the same when a run goes on; with
/// what identifyModel says. The numbers are of samples.
Identity identifyRun(const Session::Impl &impl, const FitOptions &options,
                     const Dataset &data, int64_t training, int64_t validation);

/// Whether a run that was backed up there has something left, or nothing but
/// its results: a shorter run has been passed already.
Expected<void> checkReached(const Position &at, const FitOptions &options,
                            int64_t stepsOfEpoch);

class RunBackup {
public:
  /// Opens the folder. A run that goes on is refused if it is another one.
  static Expected<RunBackup>
  open(Session::Impl &impl, const BackupOptions &options, Identity identity);

  /// Where the run goes on; null for a new run.
  const Position *reached() const {
    return restored ? &restored->position : nullptr;
  }
  /// Gives the device the states of then, and the caller the rest; once, and
  /// for a run that goes on only.
  Expected<Backup> restore();

  /// Whether a backup is to be written after so many steps in all.
  bool isDue(int64_t steps) const;
  /// Copies the device's states and the history, and writes them while the run
  /// goes on. Errors may be those of the last backup; it is whole then.
  Expected<void> write(const Position &position, const History &history,
                       CallbackStates callbacks);
  /// Waits until the last backup is written.
  Expected<void> finish();

private:
  RunBackup(Session::Impl &impl, BackupFolder folder, Identity identity,
            int64_t everySteps)
      : impl(impl), folder(std::move(folder)), identity(std::move(identity)),
        everySteps(everySteps) {}
  Expected<void> readStates(std::vector<std::vector<std::byte>> &states);
  Expected<void> writeStates(std::vector<std::vector<std::byte>> &states);

  Session::Impl &impl;
  BackupFolder folder;
  Identity identity;
  int64_t everySteps;
  std::optional<Backup> restored;
  int64_t lastSteps = 0; // of the last backup
};

} // namespace dlc::session
