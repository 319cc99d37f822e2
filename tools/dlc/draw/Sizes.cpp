// Bytes, times and operations in words, for reports.
#include "tools/dlc/draw/Sizes.h"

#include <fmt/format.h>

namespace dlc::tool {

std::string formatSize(double bytes) {
  if (bytes < 1024)
    return fmt::format("{:.0f} B", bytes);
  for (const char *unit : {"KiB", "MiB", "GiB"}) {
    bytes /= 1024;
    if (bytes < 1024)
      return fmt::format("{:.2f} {}", bytes, unit);
  }
  return fmt::format("{:.2f} TiB", bytes / 1024);
}

std::string formatTime(double seconds) {
  if (seconds < 1e-3)
    return fmt::format("{:.3g} us", seconds * 1e6);
  if (seconds < 1)
    return fmt::format("{:.3g} ms", seconds * 1e3);
  return fmt::format("{:.3g} s", seconds);
}

std::string formatOperations(double flops) {
  if (flops < 1e3)
    return fmt::format("{:.0f} FLOP", flops);
  for (const char *unit : {"KFLOP", "MFLOP", "GFLOP"}) {
    flops /= 1e3;
    if (flops < 1e3)
      return fmt::format("{:.3g} {}", flops, unit);
  }
  return fmt::format("{:.3g} TFLOP", flops / 1e3);
}

} // namespace dlc::tool
