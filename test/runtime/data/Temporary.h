// A folder that a test may fill, removed with all that is in it.
#pragma once

#include "runtime/core/AtomicFile.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string_view>

namespace dlc::test {

class DataTest : public testing::Test {
protected:
  DataTest() {
    std::string pattern = testing::TempDir() + "dlc-data-XXXXXX";
    folder = ::mkdtemp(pattern.data());
  }
  ~DataTest() override { std::filesystem::remove_all(folder); }

  std::string at(const std::string &name) const {
    return (folder / name).string();
  }
  void write(const std::string &name, std::span<const std::byte> bytes) const {
    // Not the atomic writer: its sync would make thousands of writes slow.
    std::ofstream file(folder / name, std::ios::binary);
    file.write(reinterpret_cast<const char *>(bytes.data()),
               std::streamsize(bytes.size()));
    ASSERT_TRUE(file.flush());
  }

  std::filesystem::path folder;
};

inline std::vector<std::byte> bytesOf(std::string_view text) {
  auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

} // namespace dlc::test
