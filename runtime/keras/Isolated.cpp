// Runs the HDF5 reader in a child process, because a damaged file can crash or
// hang libhdf5 1.10, and hands the arrays back through shared memory.
#include "runtime/keras/Hdf5.h"
#include "runtime/keras/Hdf5Message.h"
#include "runtime/keras/Hdf5Reader.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace dlc::keras::hdf5 {

namespace {

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

//===-- The child ---------------------------------------------------------===//

/// Address space in use now, in bytes.
uint64_t addressSpace() {
  unsigned long pages = 0;
  if (FILE *file = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(file, "%lu", &pages) != 1)
      pages = 0;
    std::fclose(file);
  }
  return uint64_t(pages) * uint64_t(::sysconf(_SC_PAGESIZE));
}

void setLimit(__rlimit_resource resource, uint64_t value) {
  rlimit limit = {value, value};
  ::setrlimit(resource, &limit);
}

void limitChild(uint64_t fileBytes) {
  setLimit(RLIMIT_CORE, 0);
  constexpr uint64_t baseBytes = uint64_t(1) << 30, factor = 8;
  setLimit(RLIMIT_AS, addressSpace() + baseBytes + factor * fileBytes);
  // Many times what an honest file takes. Some damage makes libhdf5 walk in a
  // circle: an object of no bytes in a global heap does.
  constexpr uint64_t baseSeconds = 3, bytesPerSecond = 10'000'000;
  setLimit(RLIMIT_CPU, baseSeconds + fileBytes / bytesPerSecond);
  // The parent reports a crash in its own words, and Ctrl-C is the parent's.
  int quiet = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (quiet >= 0)
    ::dup2(quiet, STDERR_FILENO);
  for (int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL})
    ::signal(signal, SIG_DFL);
  ::signal(SIGINT, SIG_IGN);
}

[[noreturn]] void runChild(int fd, std::span<const std::byte> bytes,
                           const std::string &name, Want want) {
  limitChild(bytes.size());
  bool done = false;
  try {
    done = writeMessage(fd, readContent(bytes, name, want));
  } catch (...) {
    // Out of memory: the parent sees the exit code.
  }
  ::_exit(done ? 0 : 1);
}

//===-- The parent --------------------------------------------------------===//

/// Waits for the child, which has a limit on the time that it computes, but may
/// be asleep. Whether it ended well.
bool waitForChild(pid_t child, uint64_t fileBytes) {
  constexpr int baseMs = 20'000;
  constexpr uint64_t bytesPerMs = 20'000;
  int timeout = baseMs + int(std::min<uint64_t>(fileBytes / bytesPerMs,
                                                uint64_t(24) * 3600 * 1000));
  Descriptor handle(int(::syscall(SYS_pidfd_open, child, 0)));
  pollfd ended = {handle.get(), POLLIN, 0};
  int count;
  do
    count = ::poll(&ended, 1, timeout);
  while (count < 0 && errno == EINTR);
  if (count <= 0)
    ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return count > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// Has a child write what the file holds to `shared`.
Expected<void> askChild(int shared, std::span<const std::byte> bytes,
                        const std::string &name, Want want) {
  if (shared < 0)
    return fail(name, "could not be read: no shared memory", "",
                "free some memory and try again");
  pid_t child;
  {
    Library library; // no other thread is inside libhdf5 at the fork
    child = ::fork();
    if (child == 0)
      runChild(shared, bytes, name, want);
  }
  if (child < 0)
    return fail(name, "could not be read: no new process", "",
                "free some memory or raise the limit on processes");
  if (!waitForChild(child, bytes.size()))
    return fail(name, "is damaged: its reader crashed or did not end",
                "its content must be what its header says",
                "copy or save the file again");
  return {};
}

/// Takes it from there, and leaves nothing: not two copies at any time, but for
/// one array.
Expected<Hdf5File> takeAnswer(int shared, const std::string &name) {
  struct stat status;
  if (::fstat(shared, &status) != 0 || status.st_size == 0)
    return fail(name, "gave no answer", "", "try again");
  auto drop = [&](uint64_t bytes) {
    ::fallocate(shared, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                off_t(bytes));
  };
  return readMessage(shared, uint64_t(status.st_size), name, drop);
}

} // namespace

Expected<Hdf5File> readIsolated(std::span<const std::byte> bytes,
                                const std::string &name, Want want) {
  Descriptor shared(::memfd_create("dlc-weights", MFD_CLOEXEC));
  if (auto asked = askChild(shared.get(), bytes, name, want); !asked)
    return Unexpected(asked.error());
  return takeAnswer(shared.get(), name);
}

Expected<Hdf5File> readIsolated(std::vector<std::byte> &&bytes,
                                const std::string &name, Want want) {
  Descriptor shared(::memfd_create("dlc-weights", MFD_CLOEXEC));
  if (auto asked = askChild(shared.get(), bytes, name, want); !asked)
    return Unexpected(asked.error());
  // An empty list would leave the memory to the vector.
  std::vector<std::byte>().swap(bytes);
  return takeAnswer(shared.get(), name);
}

} // namespace dlc::keras::hdf5
