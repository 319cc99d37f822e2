// From CUDA C++ to what a driver loads.
#pragma once

#include "compiler/emit/cuda/device/Usage.h"
#include "runtime/core/Error.h"

#include <filesystem>
#include <string_view>

namespace dlc::emit::cuda {

/// The compute capability of the PTX: every GPU from it on compiles that when
/// it loads it.
inline constexpr int leastCapability = 80;

/// Code for one kind of GPU.
struct DeviceImage {
  std::string target; // "ptx", or "sm_90" for a cubin
  int computeCapability = leastCapability;
  std::string image;
  std::vector<artifact::KernelUsage> usage; // of a cubin's kernels
};

/// An error names the first of these that dlc's kernels do not run on, or that
/// NVRTC, where there is one, does not know.
Expected<void> checkCapabilities(const std::vector<int> &capabilities);

/// Compiles a translation unit to PTX and to a cubin for each compute
/// capability (90), on threads. Nothing that `cacheFolder` holds is compiled
/// again; an empty one is no cache.
Expected<std::vector<DeviceImage>>
compileDevice(std::string_view text, const std::vector<int> &capabilities,
              const std::filesystem::path &cacheFolder);

} // namespace dlc::emit::cuda
