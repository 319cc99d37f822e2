// What a kernel takes of a device, as the assembler says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dlc::emit::cuda {

struct Usage {
  std::string kernel; // its symbol
  int64_t registers = 0;
  int64_t stackBytes = 0;                  // a thread
  int64_t spillStores = 0, spillLoads = 0; // bytes a thread
  int64_t sharedBytes = 0;                 // static, a block
};

/// Reads the log of a cubin's compilation with ptxas' option -v.
std::vector<Usage> readUsage(std::string_view log);

} // namespace dlc::emit::cuda
