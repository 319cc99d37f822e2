// The device code of an artifact, loaded on a GPU.
#pragma once

#include "runtime/artifact/Artifact.h"
#include "runtime/cuda/driver/Context.h"

namespace dlc::cuda {

class Module {
public:
  /// Loads the cubin for this GPU, or else PTX, which the driver compiles now.
  /// Errors list what the artifact is for; a refused image's hold
  /// the driver's log.
  static Expected<Module> load(const Context &context,
                               const artifact::Artifact &artifact);

  /// A kernel, allowed to take so much dynamic shared memory. Errors name it.
  Expected<FunctionHandle> find(const std::string &symbol,
                                uint32_t sharedBytes) const;

  /// What was loaded: "sm_90", or "ptx".
  const std::string &target() const { return loadedTarget; }

private:
  explicit Module(const Driver &driver) : driver(driver) {}
  /// False if the driver has no use for this image on this GPU.
  Expected<bool> tryLoad(const artifact::DeviceCode &code,
                         const artifact::Blob &image);

  const Driver &driver;
  LoadedModule module;
  std::string loadedTarget;
};

} // namespace dlc::cuda
