// Bytes, times and operations in words, for reports.
#pragma once

#include <cstdint>
#include <string>

namespace dlc::tool {

/// "512 B", "1.50 MiB", "2.25 GiB": powers of 1024, as --memory-limit takes.
std::string formatSize(double bytes);

/// "3.21 us", "1.2 ms", "2.5 s".
std::string formatTime(double seconds);

/// "12 FLOP", "1.3 MFLOP", "2.5 GFLOP".
std::string formatOperations(double flops);

} // namespace dlc::tool
