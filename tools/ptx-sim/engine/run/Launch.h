// Runs the grid of one launch.
#pragma once

#include "tools/ptx-sim/engine/run/KernelCode.h"

namespace ptxsim {

/// As ptxsim::launch, of a kernel that is machine code.
Expected<void> launchCode(const Memory &memory, const KernelCode &code,
                          const LaunchShape &shape,
                          const void *const *parameters,
                          const Options &options);

} // namespace ptxsim
