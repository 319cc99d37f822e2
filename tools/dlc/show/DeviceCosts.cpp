// The roofline of a known GPU: memory and multipliers at four fifths of what
// its maker says, whichever takes longer, and the time from launch to launch.
#include "tools/dlc/show/DeviceCosts.h"

#include <algorithm>
#include <fmt/format.h>

namespace dlc::tool {

namespace {

struct Gpu {
  int capability;
  const char *name;
  double bytesPerSecond, flopsPerSecond; // float32, no tensor cores
  double tf32PerSecond;                  // with tensor cores, by mma.sync
};

constexpr Gpu gpus[] = {
    {80, "A100", 1.555e12, 19.5e12, 156e12},
    {86, "RTX 3090", 0.936e12, 35.6e12, 35.6e12},
    {89, "RTX 4090", 1.008e12, 82.6e12, 82.6e12},
    // Two thirds of what wgmma and its successor reach.
    {90, "H100", 3.352e12, 66.9e12, 320e12},
    {100, "B200", 8.0e12, 80e12, 700e12},
    {120, "RTX 5090", 1.792e12, 104.8e12, 104.8e12},
};

constexpr double realised = 0.8, launchSeconds = 2.5e-6;

/// Of the multipliers that the launch's configuration names. A small product
/// may be on the ordinary ones all the same.
double flopsPerSecond(const Gpu &gpu, const artifact::Launch &launch) {
  auto isBy = [&](const char *precision) {
    return launch.config.find(fmt::format(R"("precision":"{}")", precision)) !=
           std::string::npos;
  };
  if (isBy("tf32x3"))
    return std::max(gpu.tf32PerSecond / 3, gpu.flopsPerSecond);
  if (isBy("tf32"))
    return gpu.tf32PerSecond;
  // Tensor cores multiply twice as many halves, with sums of float32.
  if (isBy("bf16") || isBy("f16"))
    return 2 * gpu.tf32PerSecond;
  return gpu.flopsPerSecond;
}

/// The newest one that is not newer than the code.
const Gpu &findGpu(int capability) {
  const Gpu *found = &gpus[0];
  for (const Gpu &gpu : gpus)
    if (gpu.capability <= capability)
      found = &gpu;
  return *found;
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

double DeviceCosts::predict(const artifact::Launch &launch,
                            int64_t bytes) const {
  const Gpu &gpu = findGpu(capability);
  double memory = double(bytes) / (realised * gpu.bytesPerSecond);
  double arithmetic = launch.flops / (realised * flopsPerSecond(gpu, launch));
  return std::max(memory, arithmetic) +
         launchSeconds * double(launch.deviceStages.size());
}

} // namespace dlc::tool
