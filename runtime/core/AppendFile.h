// A file that grows while a program runs: a log.
#pragma once

#include "runtime/core/Error.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

namespace dlc {

/// An open regular file that is written at its end, each piece whole or not at
/// all. Readers may follow it. Errors name its path.
class AppendFile {
public:
  enum class Start : uint8_t { Empty, Keep };

  /// Makes the file unless it is there; `Empty` drops what it holds.
  static Expected<AppendFile> open(const std::filesystem::path &path,
                                   Start start);
  AppendFile(AppendFile &&other) noexcept;
  AppendFile &operator=(AppendFile &&other) noexcept;
  ~AppendFile();

  /// Its bytes.
  int64_t size() const { return end; }

  /// Where the disk is full, what was written of the piece is taken back.
  Expected<void> append(std::span<const std::byte> piece);
  Expected<void> append(std::string_view piece);

  /// Drops all behind the first `size` bytes, if there are more.
  Expected<void> shorten(int64_t size);

private:
  AppendFile(std::filesystem::path path, int fd, int64_t end)
      : path(std::move(path)), fd(fd), end(end) {}

  std::filesystem::path path;
  int fd;
  int64_t end;
};

} // namespace dlc
