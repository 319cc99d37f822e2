// A file that grows while a program runs: a log.
#include "runtime/core/AppendFile.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace dlc {

namespace {

Unexpected<Error> failErrno(const std::filesystem::path &path, int code) {
  return fail(path.string(), "could not be written", "",
              std::string("check the path, its permissions and the disk: ") +
                  std::strerror(code));
}

} // namespace

Expected<AppendFile> AppendFile::open(const std::filesystem::path &path,
                                      Start start) {
  // A named pipe would wait for its reader, so nothing here may block.
  int fd = ::open(path.c_str(),
                  O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND | O_NONBLOCK, 0666);
  if (fd < 0)
    return failErrno(path, errno);
  AppendFile file(path, fd, 0);
  struct stat status;
  if (::fstat(fd, &status) != 0)
    return failErrno(path, errno);
  if (!S_ISREG(status.st_mode))
    return fail(path.string(), "is not a regular file",
                "a file was expected here", "check the path");
  file.end = status.st_size;
  if (start == Start::Empty)
    if (auto emptied = file.shorten(0); !emptied)
      return Unexpected(emptied.error());
  return file;
}

AppendFile::AppendFile(AppendFile &&other) noexcept
    : path(std::move(other.path)), fd(std::exchange(other.fd, -1)),
      end(other.end) {}

AppendFile &AppendFile::operator=(AppendFile &&other) noexcept {
  std::swap(path, other.path);
  std::swap(fd, other.fd);
  std::swap(end, other.end);
  return *this;
}

AppendFile::~AppendFile() {
  if (fd >= 0)
    ::close(fd);
}

Expected<void> AppendFile::append(std::span<const std::byte> piece) {
  std::span<const std::byte> rest = piece;
  while (!rest.empty()) {
    ssize_t written = ::write(fd, rest.data(), rest.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0) {
      int code = errno;
      // A reader shall not find half a piece; a failure here adds nothing.
      (void)!::ftruncate(fd, end);
      return failErrno(path, code);
    }
    rest = rest.subspan(size_t(written));
  }
  end += int64_t(piece.size());
  return {};
}

Expected<void> AppendFile::append(std::string_view piece) {
  return append(std::as_bytes(std::span(piece)));
}

Expected<void> AppendFile::shorten(int64_t size) {
  if (size >= end)
    return {};
  if (::ftruncate(fd, size) != 0)
    return failErrno(path, errno);
  end = size;
  return {};
}

} // namespace dlc
