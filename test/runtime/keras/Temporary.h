// A folder that a test may fill, removed with all that is in it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace dlc::test {

class TemporaryFolder {
public:
  explicit TemporaryFolder(const std::filesystem::path &parent =
                               std::filesystem::temp_directory_path()) {
    std::string pattern = (parent / "dlc-test-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(folder); }
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;

  std::filesystem::path operator/(const std::string &name) const {
    return folder / name;
  }
  size_t countEntries() const {
    size_t count = 0;
    for (auto &entry : std::filesystem::directory_iterator(folder)) {
      (void)entry;
      ++count;
    }
    return count;
  }

private:
  std::filesystem::path folder;
};

/// Where files are in memory alone and a sync takes no time, if there is such a
/// place.
inline std::filesystem::path memoryFolder() {
  std::filesystem::path memory = "/dev/shm";
  std::error_code ignored;
  return std::filesystem::is_directory(memory, ignored)
             ? memory
             : std::filesystem::temp_directory_path();
}

} // namespace dlc::test
