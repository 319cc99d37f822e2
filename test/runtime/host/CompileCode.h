// Makes a shared object of C code at test time, as the compiler's emitter
// would.
#pragma once

#include "runtime/core/AtomicFile.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <unistd.h>

namespace dlc::host::test {

/// The ELF file of `source`, which may use `i64` and the macro KERNEL(name).
inline std::vector<std::byte> compileCode(const std::string &source) {
  std::string folder =
      (std::filesystem::temp_directory_path() / "dlc-test-XXXXXX").string();
  if (!mkdtemp(folder.data())) {
    ADD_FAILURE() << "no temporary folder";
    return {};
  }
  std::filesystem::path code = std::filesystem::path(folder) / "code.c";
  std::filesystem::path object = std::filesystem::path(folder) / "code.so";
  std::ofstream(code)
      << "typedef long i64;\n"
         "#define KERNEL(name) void name(char *const *buffers, i64 n, "
         "i64 begin, i64 end)\n"
         "#define F(i) ((float *)buffers[i])\n"
      << source;
  std::string command = std::string(DLC_TEST_COMPILER) + " -x c -O1 -fPIC -w " +
                        "-shared -nostdlib -fuse-ld=lld -o " + object.string() +
                        " " + code.string();
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  auto bytes = readFile(object);
  std::filesystem::remove_all(folder);
  if (!bytes) {
    ADD_FAILURE() << bytes.error().message();
    return {};
  }
  return std::move(*bytes);
}

} // namespace dlc::host::test
