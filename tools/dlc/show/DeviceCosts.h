// What the launches of a program for a GPU take of it.
#pragma once

#include "runtime/artifact/Artifact.h"

#include <map>
#include <optional>

namespace dlc::tool {

/// The costs on one kind of GPU that an artifact has code for: registers and
/// memory as the assembler said, and a predicted time.
class DeviceCosts {
public:
  /// One for each cubin, oldest kind first. Where there is PTX only, one for
  /// the first kind that runs it, of which no registers are known.
  static std::vector<DeviceCosts> list(const artifact::Artifact &artifact);

  /// Those of GPUs of this compute capability, 80 for 8.0, for a program of
  /// which there is no code yet: no registers are known.
  static DeviceCosts assume(int capability);

  /// "sm_90", or "ptx".
  const std::string &target() const { return code; }

  /// "A100", the GPU that times are predicted for.
  const char *device() const;

  /// The most that any stage of a launch takes; nothing if there is no cubin.
  std::optional<artifact::KernelUsage>
  findUsage(const artifact::Launch &launch) const;

  /// The least part of a processor's threads that the blocks of any stage fill
  /// (`countOccupancy`); nothing if there is no cubin.
  std::optional<double> occupancy(const artifact::Launch &launch) const;

  /// Seconds, from bytes moved, operations and launches alone. No GPU has
  /// measured this.
  double predict(const artifact::Launch &launch, int64_t bytes) const;

private:
  DeviceCosts(std::string code, int capability)
      : code(std::move(code)), capability(capability) {}
  explicit DeviceCosts(const artifact::DeviceCode &code);

  std::string code;
  int capability;
  std::map<std::string, artifact::KernelUsage> usage;
};

} // namespace dlc::tool
