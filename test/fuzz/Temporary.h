// Where a fuzzer puts its input when what it tests reads files.
#pragma once

#include "runtime/core/Error.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>

namespace dlc::fuzz {

/// A folder for one process, in memory where the machine has such a place,
/// removed when the process ends.
class Folder {
public:
  Folder() {
    const char *memory = "/dev/shm";
    std::string pattern = (std::filesystem::is_directory(memory)
                               ? std::filesystem::path(memory)
                               : std::filesystem::temp_directory_path()) /
                          "dlc-fuzz-XXXXXX";
    if (!::mkdtemp(pattern.data()))
      std::abort();
    folder = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  Folder(const Folder &) = delete;
  Folder &operator=(const Folder &) = delete;

  /// The path of a file of this name that holds `bytes`.
  std::filesystem::path write(const std::string &name,
                              std::span<const uint8_t> bytes) const {
    std::filesystem::path path = folder / name;
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char *>(bytes.data()),
               std::streamsize(bytes.size()));
    if (!file.flush())
      std::abort();
    return path;
  }

  const std::filesystem::path &path() const { return folder; }

private:
  std::filesystem::path folder;
};

/// An error must say something in one line.
template <typename T> void checkError(const Expected<T> &result) {
  if (result)
    return;
  std::string message = result.error().message();
  if (message.empty() || result.error().value.empty())
    std::abort();
}

} // namespace dlc::fuzz
