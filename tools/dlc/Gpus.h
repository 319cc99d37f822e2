// The GPUs of this machine, and what follows from them.
#pragma once

#include <string>
#include <vector>

namespace dlc::tool {

struct Gpu {
  std::string name;   // "NVIDIA H100 80GB HBM3"
  std::string target; // "cuda:sm_90"
};

/// Those that the driver finds; none where there is no driver.
std::vector<Gpu> listGpus();

/// What a model is compiled for, and run on, where nothing is said: "cuda"
/// where the first GPU answers and can run dlc's code, else "host".
std::string findDefaultTarget();

} // namespace dlc::tool
