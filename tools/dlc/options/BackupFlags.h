// --backup and --resume: where training keeps all it needs to go on.
#pragma once

#include "runtime/session/Session.h"

#include <CLI/CLI.hpp>

namespace dlc::tool {

struct BackupFlags {
  std::string backup, resume; // folders
  int64_t everySteps = 0;
};

/// --backup, --backup-every and --resume.
void addBackupFlags(CLI::App &app, BackupFlags &flags);

/// What fit takes; none without the flags. Errors name a flag.
Expected<std::optional<BackupOptions>>
toBackupOptions(const BackupFlags &flags);

} // namespace dlc::tool
