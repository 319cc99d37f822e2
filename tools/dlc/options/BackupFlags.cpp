// --backup and --resume: where training keeps all it needs to go on.
#include "tools/dlc/options/BackupFlags.h"

#include "runtime/session/backup/BackupFolder.h"

#include <fmt/format.h>

namespace dlc::tool {

void addBackupFlags(CLI::App &app, BackupFlags &flags) {
  app.add_option("--backup", flags.backup,
                 "a new folder for backups of all that training needs to go "
                 "on, written at each epoch's end and at Ctrl-C");
  app.add_option("--backup-every", flags.everySteps, "also after every N steps")
      ->check(CLI::Range(int64_t(1), INT64_MAX));
  app.add_option("--resume", flags.resume,
                 "go on from the backup in this folder, and write further "
                 "ones there; all other options as before; with --backup of "
                 "the same folder a run begins if there is no backup yet");
}

Expected<std::optional<BackupOptions>>
toBackupOptions(const BackupFlags &flags) {
  if (flags.backup.empty() && flags.resume.empty()) {
    if (flags.everySteps > 0)
      return fail("--backup-every", "is given without a folder",
                  "backups need one", "give --backup DIR or --resume DIR");
    return std::optional<BackupOptions>();
  }
  bool isResumed = !flags.resume.empty();
  bool both = isResumed && !flags.backup.empty();
  if (both && flags.backup != flags.resume)
    return fail(
        "--backup", fmt::format("is {}", flags.backup),
        fmt::format("--resume is {}, where further backups go", flags.resume),
        "leave out --backup, or copy the folder and resume the copy");
  // One command that can be given again, whatever ended it before.
  if (both && !session::holdsBackup(flags.resume))
    isResumed = false;
  return std::optional(BackupOptions{isResumed ? flags.resume : flags.backup,
                                     flags.everySteps, isResumed});
}

} // namespace dlc::tool
