// The roofline of a known GPU: memory and multipliers at four fifths of what
// its maker says, whichever takes longer, and the time from launch to launch.
#include "tools/dlc/show/DeviceCosts.h"
#include "runtime/core/KnownGpus.h"
#include "runtime/session/profile/LaunchRow.h"

#include <algorithm>
#include <fmt/format.h>

namespace dlc::tool {

namespace {

constexpr double realised = 0.8, launchSeconds = 2.5e-6;

/// Of the multipliers that the launch's configuration names. A small product
/// may be on the ordinary ones all the same.
double flopsPerSecond(const KnownGpu &gpu, const artifact::Launch &launch) {
  auto isBy = [&](const char *precision) {
    return launch.config.find(fmt::format(R"("precision":"{}")", precision)) !=
           std::string::npos;
  };
  double tf32 =
      profile::nameLibrary(launch) ? gpu.tf32ByLibrary : gpu.tf32PerSecond;
  if (isBy("tf32x3"))
    return std::max(tf32 / 3, gpu.floatsPerSecond);
  if (isBy("tf32"))
    return tf32;
  // Tensor cores multiply twice as many halves, with sums of float32.
  if (isBy("bf16") || isBy("f16"))
    return 2 * tf32;
  return gpu.floatsPerSecond;
}

} // namespace

DeviceCosts::DeviceCosts(const artifact::DeviceCode &code)
    : code(code.target), capability(code.computeCapability) {
  for (const artifact::KernelUsage &kernel : code.usage)
    usage.emplace(kernel.kernel, kernel);
}

DeviceCosts DeviceCosts::assume(int capability) {
  return DeviceCosts("ptx", capability);
}

std::vector<DeviceCosts> DeviceCosts::list(const artifact::Artifact &artifact) {
  std::vector<DeviceCosts> cubins, all;
  for (const artifact::DeviceCode &code : artifact.manifest.deviceCode)
    (code.target == "ptx" ? all : cubins).push_back(DeviceCosts(code));
  std::ranges::stable_sort(cubins, {}, &DeviceCosts::capability);
  return cubins.empty() ? all : cubins;
}

const char *DeviceCosts::device() const { return findGpu(capability).name; }

std::optional<artifact::KernelUsage>
DeviceCosts::findUsage(const artifact::Launch &launch) const {
  std::optional<artifact::KernelUsage> most;
  for (const artifact::DeviceStage &stage : launch.deviceStages) {
    auto found = usage.find(stage.symbol);
    if (found == usage.end())
      continue;
    if (!most)
      most.emplace();
    artifact::KernelUsage of = found->second;
    of.sharedBytes += stage.sharedBytes;
    for (auto field :
         {&artifact::KernelUsage::registers, &artifact::KernelUsage::stackBytes,
          &artifact::KernelUsage::spillStores,
          &artifact::KernelUsage::spillLoads,
          &artifact::KernelUsage::sharedBytes})
      (*most).*field = std::max((*most).*field, of.*field);
  }
  return most;
}

std::optional<double>
DeviceCosts::occupancy(const artifact::Launch &launch) const {
  std::optional<double> least;
  for (const artifact::DeviceStage &stage : launch.deviceStages)
    if (auto found = usage.find(stage.symbol); found != usage.end()) {
      const artifact::KernelUsage &of = found->second;
      double share =
          countOccupancy(findGpu(capability), stage.threads, of.registers,
                         of.sharedBytes + stage.sharedBytes);
      least = std::min(least.value_or(1), share);
    }
  return least;
}

double DeviceCosts::predict(const artifact::Launch &launch,
                            int64_t bytes) const {
  const KnownGpu &gpu = findGpu(capability);
  double memory = double(bytes) / (realised * gpu.bytesPerSecond);
  double arithmetic = launch.flops / (realised * flopsPerSecond(gpu, launch));
  return std::max(memory, arithmetic) +
         launchSeconds * double(launch.deviceStages.size() +
                                (profile::nameLibrary(launch) ? 1 : 0));
}

} // namespace dlc::tool
