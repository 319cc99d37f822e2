// What compiles for GPUs on this machine.
#include "compiler/DeviceCompiler.h"
#include "compiler/emit/cuda/device/Nvrtc.h"

using namespace dlc;

Expected<DeviceCompiler> dlc::findDeviceCompiler() {
  const Expected<emit::cuda::Nvrtc> &nvrtc = emit::cuda::Nvrtc::get();
  if (!nvrtc)
    return Unexpected(nvrtc.error());
  return DeviceCompiler{nvrtc->version(), nvrtc->path()};
}
