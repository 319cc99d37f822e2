// The functions of the driver API that libptx-sim.so exports by their own
// names.
#pragma once

#include "tools/ptx-sim/driver/FunctionList.h"

namespace dlc::cuda {
extern "C" {
#define PTXSIM_DECLARE(name, parameters)                                       \
  __attribute__((visibility("default"))) Result name parameters;
DLC_CUDA_FUNCTIONS(PTXSIM_DECLARE)
PTXSIM_OTHER_FUNCTIONS(PTXSIM_DECLARE)
#undef PTXSIM_DECLARE
}
} // namespace dlc::cuda
