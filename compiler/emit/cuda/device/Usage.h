// What a kernel takes of a device, as the assembler says.
#pragma once

#include "runtime/artifact/Artifact.h"

#include <string_view>

namespace dlc::emit::cuda {

/// Reads the log of a cubin's compilation with ptxas' option -v.
std::vector<artifact::KernelUsage> readUsage(std::string_view log);

} // namespace dlc::emit::cuda
