// The compiled code of an artifact, loaded for this CPU.
#pragma once

#include "runtime/artifact/Artifact.h"

#include <memory>

namespace dlc::host {

/// A stage of a kernel; see artifact::Launch.
using KernelFunction = void (*)(char *const *buffers, int64_t n, int64_t begin,
                                int64_t end);

/// One of the artifact's shared objects, mapped from memory: nothing is written
/// to a disk.
class HostModule {
public:
  /// Loads the code for the highest CPU level whose features this CPU has; code
  /// for one CPU by name goes before levels. An artifact without code gives an
  /// empty module. Errors list what each level lacks.
  static Expected<HostModule> load(const artifact::Artifact &artifact);

  /// The address of a symbol. Errors name it.
  Expected<KernelFunction> find(const std::string &symbol) const;

  /// The level that was chosen, "x86-64-v3"; empty for an empty module.
  const std::string &cpu() const { return level; }

private:
  std::string level;
  std::shared_ptr<void> handle; // of dlopen
};

} // namespace dlc::host
