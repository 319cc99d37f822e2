// What the launches of a program for a GPU take of it.
#pragma once

#include "runtime/artifact/Artifact.h"
#include "tools/dlc/show/Cubin.h"

#include <optional>

namespace dlc::tool {

/// Registers and memory as the newest cubin of an artifact says, and a time for
/// a GPU of its kind. Where there is PTX only, the time is for the first kind
/// that runs it and the rest is not known.
class DeviceCosts {
public:
  explicit DeviceCosts(const artifact::Artifact &artifact);

  /// "A100", the GPU that times are predicted for.
  const char *device() const;

  /// The most that any stage of a launch takes; nothing if there is no cubin.
  std::optional<KernelUsage> findUsage(const artifact::Launch &launch) const;

  /// Seconds, from bytes moved, operations and launches alone. No GPU has
  /// measured this.
  double predict(const artifact::Launch &launch, int64_t bytes) const;

private:
  int capability = 0;
  std::map<std::string, KernelUsage> usage;
};

} // namespace dlc::tool
