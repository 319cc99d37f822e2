// The folder of a run's backups.
#include "runtime/session/backup/BackupFolder.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

namespace dlc::session {
namespace {

namespace fs = std::filesystem;

constexpr const char *fileName = "state.dlcb";

/// What a run that was killed while it wrote has left: nobody else writes here.
void removeLeftOvers(const fs::path &folder) {
  std::error_code ignored;
  std::vector<fs::path> found;
  for (const fs::directory_entry &entry :
       fs::directory_iterator(folder, ignored))
    if (entry.path().stem() == fileName)
      found.push_back(entry.path());
  for (const fs::path &path : found)
    fs::remove(path, ignored);
}

} // namespace

bool holdsBackup(const fs::path &folder) {
  std::error_code ignored;
  return fs::exists(folder / fileName, ignored);
}

BackupFolder::Lock::~Lock() { ::close(descriptor); }

Expected<BackupFolder> BackupFolder::lockFolder(const fs::path &folder) {
  int descriptor =
      ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0)
    return fail(folder.string(),
                std::string("cannot be opened: ") + std::strerror(errno),
                "backups need a folder", "check the path and its permissions");
  auto lock = std::make_unique<Lock>(descriptor);
  // It goes with the process, however that ends. Not every file system has
  // locks: that is no reason not to train.
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return fail(folder.string(), "is in use by another run",
                "each run needs its own folder of backups",
                "wait for that run, or give another folder");
  removeLeftOvers(folder);
  return BackupFolder(folder / fileName, std::move(lock));
}

Expected<BackupFolder> BackupFolder::create(const fs::path &folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    return fail(folder.string(), "cannot be made: " + error.message(),
                "backups need a folder", "check the path and its permissions");
  auto opened = lockFolder(folder);
  if (opened && holdsBackup(folder))
    return fail(folder.string(), "holds the backup of a run",
                "a new run would replace it",
                "go on with that run by --resume, or give another folder");
  return opened;
}

Expected<BackupFolder> BackupFolder::reopen(const fs::path &folder) {
  if (!holdsBackup(folder))
    return fail(folder.string(), "holds no backup of a run",
                "there is nothing to go on from",
                "check the path, or begin the run with --backup");
  return lockFolder(folder);
}

Expected<void> BackupFolder::write(Backup backup) {
  if (auto finished = finish(); !finished)
    return finished;
  writing = std::make_unique<Backup>(std::move(backup));
  pending = std::async([state = writing.get(), path = file] {
    return writeBackup(*state, path);
  });
  return {};
}

Expected<void> BackupFolder::finish() {
  if (!pending.valid())
    return {};
  return pending.get();
}

std::vector<std::vector<std::byte>> BackupFolder::reuse() {
  return writing ? std::move(writing->states)
                 : std::vector<std::vector<std::byte>>();
}

} // namespace dlc::session
