// What a cubin says of its kernels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace dlc::tool {

struct KernelUsage {
  int64_t registers = 0;   // a thread
  int64_t stackBytes = 0;  // a thread: spilled registers and arrays
  int64_t sharedBytes = 0; // a block, static
};

/// The kernels of an ELF file for a GPU, by their symbols; empty for bytes that
/// are none.
std::map<std::string, KernelUsage> readCubin(std::span<const std::byte> cubin);

} // namespace dlc::tool
