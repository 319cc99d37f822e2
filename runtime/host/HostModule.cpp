// The compiled code of an artifact, loaded for this CPU.
#include "runtime/host/HostModule.h"

#include "runtime/host/CpuFeatures.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <span>

namespace dlc::host {
namespace {

using artifact::HostCode;

constexpr const char *remedy =
    "compile the model again on this machine with --cpu native";

std::vector<std::string> listMissing(const HostCode &code) {
  std::vector<std::string> missing;
  for (const std::string &feature : code.features)
    if (!hasFeature(feature))
      missing.push_back(feature);
  return missing;
}

/// Code for one CPU by name is the most special, then the highest level.
std::pair<bool, std::string_view> rank(const HostCode &code) {
  return {std::string_view(code.cpu).starts_with("native:"), code.cpu};
}

/// An open file in memory that holds `bytes`.
class MemoryFile {
public:
  explicit MemoryFile(std::span<const std::byte> bytes)
      : descriptor(memfd_create("dlc-host-code", MFD_CLOEXEC)) {
    while (descriptor >= 0 && !bytes.empty()) {
      ssize_t written = write(descriptor, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        return;
      bytes = bytes.subspan(size_t(written));
    }
    complete = descriptor >= 0;
  }
  ~MemoryFile() {
    if (descriptor >= 0)
      close(descriptor);
  }
  MemoryFile(const MemoryFile &) = delete;
  MemoryFile &operator=(const MemoryFile &) = delete;

  bool isComplete() const { return complete; }
  std::string path() const {
    return fmt::format("/proc/self/fd/{}", descriptor);
  }

private:
  int descriptor;
  bool complete = false;
};

} // namespace

Expected<HostModule> HostModule::load(const artifact::Artifact &artifact) {
  HostModule module;
  if (artifact.manifest.hostCode.empty())
    return module;
  const HostCode *best = nullptr;
  std::vector<std::string> reasons;
  for (const HostCode &code : artifact.manifest.hostCode) {
    std::vector<std::string> missing = listMissing(code);
    if (!missing.empty())
      reasons.push_back(
          fmt::format("{} needs {}", code.cpu, fmt::join(missing, ", ")));
    else if (!best || rank(code) > rank(*best))
      best = &code;
  }
  if (!best)
    return fail("this CPU", fmt::format("is \"{}\"", cpuBrand()),
                fmt::format("the compiled model's code for {}",
                            fmt::join(reasons, "; for ")),
                remedy);

  auto file =
      std::make_shared<MemoryFile>(artifact.blobs[size_t(best->object)]);
  if (!file->isComplete())
    return fail(
        fmt::format("host code for {}", best->cpu),
        fmt::format("cannot be put in memory: {}", std::strerror(errno)), "",
        "free some memory");
  void *handle = dlopen(file->path().c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char *reason = dlerror();
    return fail(fmt::format("host code for {}", best->cpu),
                fmt::format("cannot be loaded: {}", reason ? reason : "?"), "",
                "compile the model again");
  }
  // The file stays open as long as the code: the loader takes two objects of
  // one path, such as that of a descriptor used again, for the same.
  module.handle.reset(handle, [file](void *opened) { dlclose(opened); });
  module.level = best->cpu;
  return module;
}

Expected<KernelFunction> HostModule::find(const std::string &symbol) const {
  void *address = handle ? dlsym(handle.get(), symbol.c_str()) : nullptr;
  if (!address)
    return fail(fmt::format("kernel \"{}\"", symbol),
                handle ? fmt::format("is not in the host code for {}", level)
                       : "needs host code",
                handle ? "" : "the compiled model has none",
                "compile the model again");
  return reinterpret_cast<KernelFunction>(address);
}

} // namespace dlc::host
