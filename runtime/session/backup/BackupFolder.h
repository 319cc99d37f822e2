// The folder of a run's backups: one run uses it at a time, and writes while it
// trains on.
#pragma once

#include "runtime/session/backup/Backup.h"

#include <future>
#include <memory>
#include <optional>

namespace dlc::session {

/// Whether there is a backup in the folder.
bool holdsBackup(const std::filesystem::path &folder);

class BackupFolder {
public:
  /// Makes the folder for a new run; errors if it holds a backup, which the run
  /// would replace.
  static Expected<BackupFolder> create(const std::filesystem::path &folder);
  /// The folder of a run that goes on; errors if it holds no backup.
  static Expected<BackupFolder> reopen(const std::filesystem::path &folder);
  BackupFolder(BackupFolder &&) = default;
  BackupFolder &operator=(BackupFolder &&) = delete;
  /// Waits for what is being written.
  ~BackupFolder() = default;

  /// The file, which is written whole or not at all.
  const std::filesystem::path &path() const { return file; }

  /// Waits until the last backup is written, gives its error, and begins to
  /// write this one on another thread.
  Expected<void> write(Backup backup);
  /// Waits until it is written, and gives its error.
  Expected<void> finish();
  /// The states' memory of the backup that was written last, to be filled
  /// again; empty before the first. Good after `finish`.
  std::vector<std::vector<std::byte>> reuse();

private:
  struct Lock {
    int descriptor;
    explicit Lock(int descriptor) : descriptor(descriptor) {}
    Lock(const Lock &) = delete;
    Lock &operator=(const Lock &) = delete;
    ~Lock();
  };
  BackupFolder(std::filesystem::path file, std::unique_ptr<Lock> lock)
      : file(std::move(file)), lock(std::move(lock)) {}
  static Expected<BackupFolder> lockFolder(const std::filesystem::path &folder);

  std::filesystem::path file;
  std::unique_ptr<Lock> lock;
  std::unique_ptr<Backup> writing; // what `pending` reads
  std::future<Expected<void>> pending;
};

} // namespace dlc::session
