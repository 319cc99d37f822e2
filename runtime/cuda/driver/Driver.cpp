// The CUDA driver, opened when it is first needed.
#include "runtime/cuda/driver/Driver.h"

#include <fmt/format.h>

#include <dlfcn.h>

#include <map>
#include <memory>
#include <mutex>

namespace dlc::cuda {
namespace {

/// CUDA 11.4, the first with all that is called here.
constexpr int leastVersion = 11040;

std::string formatVersion(int version) {
  return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

} // namespace

Expected<const Driver *> Driver::open(const std::string &library) {
  static std::mutex mutex;
  static std::map<std::string, std::unique_ptr<Driver>> opened;
  std::lock_guard lock(mutex);
  std::unique_ptr<Driver> &known = opened[library];
  if (known)
    return known.get();
  auto driver = std::make_unique<Driver>();
  if (auto loaded = driver->load(library); !loaded)
    return Unexpected(loaded.error());
  known = std::move(driver);
  return known.get();
}

Expected<void> Driver::load(const std::string &library) {
  std::string thing = fmt::format("CUDA driver {}", library);
  void *handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char *reason = dlerror();
    return fail(thing,
                fmt::format("cannot be opened: {}", reason ? reason : "?"),
                "a GPU needs it",
                "install NVIDIA's driver, or run with --device host or sim");
  }
  report = reinterpret_cast<const char *(*)()>(dlsym(handle, "ptxSimReport"));
  const char *missing = nullptr;
  auto find = [&]<typename Function>(Function *&function, const char *name) {
    function = reinterpret_cast<Function *>(dlsym(handle, name));
    if (!function && !missing)
      missing = name;
  };
#define DLC_CUDA_FIND(name, parameters) find(call.name, #name);
  DLC_CUDA_FUNCTIONS(DLC_CUDA_FIND)
#undef DLC_CUDA_FIND

  const std::string needs =
      fmt::format("dlc needs CUDA {} or newer", formatVersion(leastVersion));
  const char *update = "install a newer driver of NVIDIA's";
  // Before cuInit: that fails without a device.
  if (call.cuDriverGetVersion && call.cuDriverGetVersion(&cudaVersion) == 0 &&
      cudaVersion < leastVersion)
    return fail(thing,
                fmt::format("is for CUDA {}", formatVersion(cudaVersion)),
                needs, update);
  if (missing)
    return fail(thing, fmt::format("lacks {}", missing), needs, update);
  if (Result result = call.cuInit(0); result == NoDevice)
    return fail(thing, "finds no GPU", "one is needed",
                "check nvidia-smi, or run with --device host or sim");
  else if (result != Success)
    return fail(thing, fmt::format("does not start: {}", describe(result)), "",
                "check nvidia-smi: driver and kernel module must fit");
  return {};
}

std::string Driver::describe(Result result) const {
  const char *name = nullptr, *text = nullptr;
  if (call.cuGetErrorName(result, &name) != Success || !name)
    return fmt::format("CUDA error {}", int(result));
  if (call.cuGetErrorString(result, &text) != Success || !text)
    return name;
  return fmt::format("{} ({})", name, text);
}

Expected<void> Driver::check(Result result, const std::string &thing) const {
  if (result == Success)
    return {};
  return fail(thing, fmt::format("failed with {}", describe(result)));
}

std::string Driver::faultReport() const { return report ? report() : ""; }

bool isFatal(Result result) {
  switch (result) {
  case EccUncorrectable:
  case NvlinkUncorrectable:
  case IllegalAddress:
  case LaunchTimeout:
  case Assert:
  case HardwareStackError:
  case IllegalInstruction:
  case MisalignedAddress:
  case InvalidAddressSpace:
  case InvalidPc:
  case LaunchFailed:
  case Unknown:
    return true;
  default:
    return false;
  }
}

} // namespace dlc::cuda
