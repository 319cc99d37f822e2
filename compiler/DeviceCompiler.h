// What compiles for GPUs on this machine.
#pragma once

#include "runtime/core/Error.h"

#include <filesystem>
#include <string>

namespace dlc {

/// NVRTC as it was found.
struct DeviceCompiler {
  std::string version; // "13.0"
  std::filesystem::path file;
};

/// What `compile` takes for "cuda"; an error says what to install.
Expected<DeviceCompiler> findDeviceCompiler();

} // namespace dlc
