// Writes a whole file or nothing of it.
#include "runtime/core/AtomicFile.h"
#include "runtime/core/Region.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace dlc {

namespace {

/// An open descriptor, closed on every way out.
class Descriptor {
public:
  explicit Descriptor(int fd) : fd(fd) {}
  ~Descriptor() {
    if (fd >= 0)
      ::close(fd);
  }
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  int get() const { return fd; }

private:
  int fd;
};

Unexpected<Error> failErrno(const std::filesystem::path &path,
                            const char *verb) {
  int code = errno;
  if (code == ENOSPC || code == EDQUOT || code == EFBIG)
    return fail(path.string(), std::string("could not be ") + verb,
                std::string("its disk takes no more: ") + std::strerror(code),
                "make room there, or give another folder");
  return fail(path.string(), std::string("could not be ") + verb, "",
              std::string("check the path, its permissions and the disk: ") +
                  std::strerror(code));
}

Unexpected<Error> failSpecial(const std::filesystem::path &path) {
  return fail(path.string(), "is not a regular file",
              "a file was expected here", "check the path");
}

bool writeAll(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return false;
    bytes = bytes.subspan(size_t(written));
  }
  return true;
}

/// Makes a new name last. What the name stands for is on the disk already, and
/// some file systems cannot sync folders: no error.
void syncFolder(const std::filesystem::path &path) {
  std::filesystem::path folder = path.parent_path();
  Descriptor opened(::open(folder.empty() ? "." : folder.c_str(),
                           O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() >= 0)
    (void)::fsync(opened.get());
}

} // namespace

/// Whether there is a device, a pipe or a socket of this name, which a file
/// must not take the place of.
static bool isSpecial(const std::filesystem::path &path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) &&
         !S_ISDIR(status.st_mode);
}

/// What a link stands for: the link itself stays.
static std::filesystem::path followLinks(const std::filesystem::path &path) {
  std::error_code code;
  if (!std::filesystem::is_symlink(path, code))
    return path;
  std::filesystem::path target = std::filesystem::weakly_canonical(path, code);
  return code ? path : target;
}

Expected<TemporaryFile>
TemporaryFile::create(const std::filesystem::path &path) {
  if (isSpecial(path))
    return fail(path.string(), "is a device, a pipe or a socket",
                "this is written under another name first and then renamed",
                "give the path of a file");
  std::filesystem::path target = followLinks(path);
  std::string temporary = target.string() + ".XXXXXX";
  int fd = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0)
    return failErrno(path, "written");
  return TemporaryFile(path, std::move(target), std::move(temporary), fd);
}

TemporaryFile::TemporaryFile(TemporaryFile &&other) noexcept
    : path(std::move(other.path)), target(std::move(other.target)),
      temporary(std::exchange(other.temporary, std::string())),
      fd(std::exchange(other.fd, -1)) {}

TemporaryFile::~TemporaryFile() {
  hide();
  if (fd >= 0)
    ::close(fd);
}

void TemporaryFile::hide() {
  if (!temporary.empty())
    ::unlink(temporary.c_str());
  temporary.clear();
}

Expected<void> TemporaryFile::write(std::span<const std::byte> bytes) {
  if (!writeAll(fd, bytes))
    return failErrno(path, "written");
  return {};
}

Expected<void> TemporaryFile::commit() {
  // mkostemp makes a private file; a model is as readable as any other output.
  mode_t mask = ::umask(0);
  ::umask(mask);
  Descriptor file(::open(temporary.c_str(), O_RDONLY | O_CLOEXEC));
  bool committed = file.get() >= 0 && ::fchmod(file.get(), 0666 & ~mask) == 0 &&
                   ::fsync(file.get()) == 0 &&
                   ::rename(temporary.c_str(), target.c_str()) == 0;
  if (!committed)
    return failErrno(path, "written");
  temporary.clear();
  syncFolder(target);
  return {};
}

Expected<void> writeFileAtomically(const std::filesystem::path &path,
                                   std::span<const std::byte> bytes) {
  if (isSpecial(path)) {
    Descriptor opened(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (opened.get() < 0 || !writeAll(opened.get(), bytes))
      return failErrno(path, "written");
    return {};
  }
  auto file = TemporaryFile::create(path);
  if (!file)
    return Unexpected(file.error());
  if (auto written = file->write(bytes); !written)
    return written;
  return file->commit();
}

Expected<void> checkRegularFile(const std::filesystem::path &path) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0)
    return failErrno(path, "read");
  if (!S_ISREG(status.st_mode))
    return failSpecial(path);
  return {};
}

Expected<std::vector<std::byte>> readFile(const std::filesystem::path &path) {
  // A named pipe would wait for its writer, so nothing here may block.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status;
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0)
    return failErrno(path, "read");
  if (!S_ISREG(status.st_mode))
    return failSpecial(path);
  std::vector<std::byte> bytes;
  bytes.reserve(size_t(status.st_size));
  adviseHugePages(bytes.data(), bytes.capacity());
  bytes.resize(size_t(status.st_size));
  size_t done = 0;
  while (done < bytes.size()) {
    ssize_t got = ::read(file.get(), bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return failErrno(path, "read");
    if (got == 0)
      return fail(path.string(), "became shorter while it was read", "",
                  "try again when nothing writes to it");
    done += size_t(got);
  }
  return bytes;
}

} // namespace dlc
