// What makers say of their GPUs.
#include "runtime/core/KnownGpus.h"

namespace dlc {

// mma.sync reaches two thirds of what wgmma and its successor do, which compute
// capabilities 9.0 and 10.0 have alone.
constexpr KnownGpu gpus[] = {
    {80, "A100", 108, 1.41e9, 1.555e12, 19.5e12, 156e12, 156e12},
    {86, "RTX 3090", 82, 1.695e9, 0.936e12, 35.6e12, 35.6e12, 35.6e12},
    {89, "RTX 4090", 128, 2.52e9, 1.008e12, 82.6e12, 82.6e12, 82.6e12},
    {90, "H100", 132, 1.755e9, 3.352e12, 66.9e12, 320e12, 495e12},
    {100, "B200", 148, 1.85e9, 8.0e12, 80e12, 700e12, 1100e12},
    {120, "RTX 5090", 170, 2.41e9, 1.792e12, 104.8e12, 104.8e12, 104.8e12},
};

const KnownGpu &findGpu(int capability) {
  const KnownGpu *found = &gpus[0];
  for (const KnownGpu &gpu : gpus)
    if (gpu.capability <= capability)
      found = &gpu;
  return *found;
}

} // namespace dlc
