// One unit for all kernels: NVRTC takes its time to start, and a driver to load
// a module.
#include "compiler/emit/cuda/device/CompileDevice.h"
#include "compiler/emit/cuda/device/Cache.h"
#include "compiler/emit/cuda/device/PtxVersion.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <future>

using namespace dlc;
using namespace dlc::emit::cuda;

static Expected<DeviceImage> compileOne(const Nvrtc &nvrtc, const Cache &cache,
                                        std::string_view text,
                                        std::string_view target,
                                        int capability) {
  bool isPtx = target == "ptx";
  std::string architecture =
      fmt::format("{}_{}", isPtx ? "compute" : "sm", capability);
  std::string key = Cache::makeKey(text, architecture, nvrtc.describe());
  std::optional<Compiled> compiled = cache.find(key);
  if (!compiled) {
    auto made = nvrtc.compile(text, architecture);
    if (!made)
      return Unexpected(made.error());
    cache.store(key, *made);
    compiled = std::move(*made);
  }
  DeviceImage image;
  image.target = target;
  image.computeCapability = capability;
  image.image =
      isPtx ? lowerPtxVersion(compiled->image) : std::move(compiled->image);
  image.usage = readUsage(compiled->log);
  return image;
}

static Expected<void> checkCapability(const Expected<Nvrtc> &nvrtc,
                                      int capability) {
  std::string thing = fmt::format("target cuda:sm_{}", capability);
  if (capability < leastCapability)
    return fail(thing, "is older than what dlc's kernels run on",
                fmt::format("that is sm_{} and later", leastCapability),
                "leave it out");
  if (nvrtc && !std::ranges::count(nvrtc->architectures(), capability))
    return fail(
        thing, "is not known to NVRTC " + nvrtc->version(),
        fmt::format("it knows {}", fmt::join(nvrtc->architectures(), ", ")),
        "take one of these, or leave it to the PTX for --target cuda");
  return {};
}

Expected<void>
dlc::emit::cuda::checkCapabilities(const std::vector<int> &capabilities) {
  for (int capability : capabilities)
    if (auto checked = checkCapability(Nvrtc::get(), capability); !checked)
      return checked;
  return {};
}

Expected<std::vector<DeviceImage>>
dlc::emit::cuda::compileDevice(std::string_view text,
                               const std::vector<int> &capabilities,
                               const std::filesystem::path &cacheFolder) {
  const Expected<Nvrtc> &nvrtc = Nvrtc::get();
  if (!nvrtc)
    return Unexpected(nvrtc.error());
  if (auto checked = checkCapabilities(capabilities); !checked)
    return Unexpected(checked.error());
  Cache cache(cacheFolder);
  std::vector<std::future<Expected<DeviceImage>>> running;
  auto start = [&](std::string target, int capability) {
    running.push_back(std::async(std::launch::async, [&, target, capability] {
      return compileOne(*nvrtc, cache, text, target, capability);
    }));
  };
  start("ptx", leastCapability);
  for (int capability : capabilities)
    start(fmt::format("sm_{}", capability), capability);

  std::vector<Expected<DeviceImage>> made;
  for (auto &image : running)
    made.push_back(image.get());
  std::vector<DeviceImage> images;
  for (Expected<DeviceImage> &image : made) {
    if (!image)
      return Unexpected(image.error());
    images.push_back(std::move(*image));
  }
  return images;
}
