// Writes a whole file or nothing of it.
#pragma once

#include "runtime/core/Error.h"

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

namespace dlc {

/// Writes `bytes` under a temporary name in the same folder, syncs, and
/// renames: a reader sees the old file or the new one, and a failure leaves
/// neither a part nor a temporary file behind. A link stays and what it stands
/// for is replaced; a device or a pipe, such as /dev/stdout, is written to as
/// it is. Errors name `path`.
Expected<void> writeFileAtomically(const std::filesystem::path &path,
                                   std::span<const std::byte> bytes);

/// A new file under a temporary name in the folder of the file that it is to
/// become, for what is too large to be in memory first.
class TemporaryFile {
public:
  /// Errors name `path`, the file that it is to become, or that a link of this
  /// name stands for. A device or a pipe is refused.
  static Expected<TemporaryFile> create(const std::filesystem::path &path);
  TemporaryFile(TemporaryFile &&other) noexcept;
  TemporaryFile &operator=(TemporaryFile &&) = delete;
  /// Removes it unless it became `path`.
  ~TemporaryFile();

  /// Where to write it.
  const std::string &name() const { return temporary; }
  int descriptor() const { return fd; }
  /// Appends all of `bytes`. Errors name the file that it is to become.
  Expected<void> write(std::span<const std::byte> bytes);

  /// From now on the name is gone: the file is in reach by its descriptor, and
  /// goes with it, whatever happens to this process.
  void hide();

  /// Syncs it, renames it to `path` and syncs the folder: after a power cut
  /// too, the old file is there or the new one. Writing by name may have
  /// replaced it.
  Expected<void> commit();

private:
  TemporaryFile(std::filesystem::path path, std::filesystem::path target,
                std::string temporary, int fd)
      : path(std::move(path)), target(std::move(target)),
        temporary(std::move(temporary)), fd(fd) {}

  std::filesystem::path path, target; // as it was given, and without links
  std::string temporary; // empty: it has become `path`, or has no name
  int fd;
};

/// Whether `path` is a file that can be read to its end: no folder, pipe or
/// device. For what libraries are to open by name.
Expected<void> checkRegularFile(const std::filesystem::path &path);

/// The whole file, which must be a regular one. Errors name `path`.
Expected<std::vector<std::byte>> readFile(const std::filesystem::path &path);

} // namespace dlc
