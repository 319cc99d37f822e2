// All that a run of fit needs to go on where it was, in memory and as a file.
#pragma once

#include "runtime/core/Error.h"
#include "runtime/session/backup/Identity.h"
#include "runtime/session/callbacks/Callback.h"

#include <filesystem>

namespace dlc::session {

/// A place between two steps of a run.
struct Position {
  int64_t epoch = 0; // from 0
  /// Steps of this epoch that are done. All of them: what comes next is the
  /// epoch's end, with validation.
  int64_t step = 0;
  int64_t steps = 0;    // done in all epochs
  bool stopped = false; // a callback has ended training
};

/// What each callback object has to know, by the name of its class.
using CallbackStates = std::vector<std::pair<std::string, CallbackState>>;

struct Backup {
  Identity identity;
  Position position;
  int64_t everySteps = 0; // BackupOptions::everySteps
  /// The bytes of all states, in the manifest's order.
  std::vector<std::vector<std::byte>> states;
  /// As in History.
  std::vector<std::pair<std::string, std::vector<double>>> epochs;
  std::vector<double> batchLoss;
  CallbackStates callbacks;
};

/// Writes it to a temporary name beside `path`, syncs, renames: `path` holds
/// either all of it or what it held before.
Expected<void> writeBackup(const Backup &backup,
                           const std::filesystem::path &path);

/// Reads it back; every changed byte is an error that names `path`.
Expected<Backup> readBackup(const std::filesystem::path &path);

} // namespace dlc::session
