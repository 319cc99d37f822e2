// Names of errors, and what libptx-sim.so tells beside the driver API.
#include "tools/ptx-sim/driver/Functions.h"
#include "tools/ptx-sim/driver/Simulator.h"

using namespace ptxsim::driver;

namespace {

struct Name {
  dlc::cuda::Result result;
  const char *name, *text;
};

constexpr Name names[] = {
    {dlc::cuda::Success, "CUDA_SUCCESS", "no error"},
    {dlc::cuda::InvalidValue, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {dlc::cuda::OutOfMemory, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {dlc::cuda::NotInitialized, "CUDA_ERROR_NOT_INITIALIZED",
     "initialization error"},
    {dlc::cuda::NoDevice, "CUDA_ERROR_NO_DEVICE",
     "no CUDA-capable device is detected"},
    {dlc::cuda::InvalidDevice, "CUDA_ERROR_INVALID_DEVICE",
     "invalid device ordinal"},
    {dlc::cuda::InvalidContext, "CUDA_ERROR_INVALID_CONTEXT",
     "invalid device context"},
    {dlc::cuda::NoBinaryForGpu, "CUDA_ERROR_NO_BINARY_FOR_GPU",
     "no kernel image is available for execution on the device"},
    {dlc::cuda::InvalidPtx, "CUDA_ERROR_INVALID_PTX",
     "a PTX JIT compilation failed"},
    {dlc::cuda::UnsupportedPtxVersion, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
     "the provided PTX was compiled with an unsupported toolchain."},
    {dlc::cuda::InvalidHandle, "CUDA_ERROR_INVALID_HANDLE",
     "invalid resource handle"},
    {dlc::cuda::IllegalState, "CUDA_ERROR_ILLEGAL_STATE",
     "the operation cannot be performed in the present state"},
    {dlc::cuda::NotFound, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {dlc::cuda::NotReady, "CUDA_ERROR_NOT_READY", "device not ready"},
    {dlc::cuda::IllegalAddress, "CUDA_ERROR_ILLEGAL_ADDRESS",
     "an illegal memory access was encountered"},
    {dlc::cuda::LaunchOutOfResources, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES",
     "too many resources requested for launch"},
    {dlc::cuda::LaunchTimeout, "CUDA_ERROR_LAUNCH_TIMEOUT",
     "the launch timed out and was terminated"},
    {dlc::cuda::Assert, "CUDA_ERROR_ASSERT", "device-side assert triggered"},
    {dlc::cuda::HardwareStackError, "CUDA_ERROR_HARDWARE_STACK_ERROR",
     "hardware stack error"},
    {dlc::cuda::IllegalInstruction, "CUDA_ERROR_ILLEGAL_INSTRUCTION",
     "an illegal instruction was encountered"},
    {dlc::cuda::MisalignedAddress, "CUDA_ERROR_MISALIGNED_ADDRESS",
     "misaligned address"},
    {dlc::cuda::InvalidAddressSpace, "CUDA_ERROR_INVALID_ADDRESS_SPACE",
     "operation not supported on global/shared address space"},
    {dlc::cuda::InvalidPc, "CUDA_ERROR_INVALID_PC", "invalid program counter"},
    {dlc::cuda::LaunchFailed, "CUDA_ERROR_LAUNCH_FAILED",
     "unspecified launch failure"},
    {dlc::cuda::CooperativeLaunchTooLarge,
     "CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE",
     "too many blocks in cooperative launch"},
    {dlc::cuda::StreamCaptureUnsupported,
     "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED",
     "operation not permitted when stream is capturing"},
    {dlc::cuda::StreamCaptureInvalidated,
     "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED",
     "operation failed due to a previous error during capture"},
    {dlc::cuda::StreamCaptureUnmatched, "CUDA_ERROR_STREAM_CAPTURE_UNMATCHED",
     "capture was not initiated in this stream"},
    {dlc::cuda::StreamCaptureUnjoined, "CUDA_ERROR_STREAM_CAPTURE_UNJOINED",
     "capturing stream has unjoined work"},
    {dlc::cuda::StreamCaptureIsolation, "CUDA_ERROR_STREAM_CAPTURE_ISOLATION",
     "dependency created on uncaptured work in another stream"},
    {dlc::cuda::CapturedEvent, "CUDA_ERROR_CAPTURED_EVENT",
     "operation not permitted on an event last recorded in a capturing stream"},
};

const Name *find(dlc::cuda::Result result) {
  for (const Name &name : names)
    if (name.result == result)
      return &name;
  return nullptr;
}

} // namespace

namespace dlc::cuda {

Result cuGetErrorName(Result result, const char **name) {
  if (!name)
    return InvalidValue;
  const Name *found = find(result);
  *name = found ? found->name : nullptr;
  return found ? Success : InvalidValue;
}

Result cuGetErrorString(Result result, const char **text) {
  if (!text)
    return InvalidValue;
  const Name *found = find(result);
  *text = found ? found->text : nullptr;
  return found ? Success : InvalidValue;
}

} // namespace dlc::cuda

void ptxSimCounters(PtxSimCounters *counters) {
  Simulator &simulator = Simulator::get();
  std::lock_guard lock(simulator.mutex);
  *counters = simulator.counters;
}

void ptxSimTraffic(const char *kernel, uint64_t *wide, uint64_t *narrow) {
  Simulator &simulator = Simulator::get();
  std::lock_guard lock(simulator.mutex);
  auto found = simulator.traffic.find(std::string_view(kernel));
  bool known = found != simulator.traffic.end();
  *wide = known ? found->second.wide : 0;
  *narrow = known ? found->second.narrow : 0;
}

const char *ptxSimReport() {
  thread_local std::string report; // other threads may change the simulator's
  Simulator &simulator = Simulator::get();
  std::lock_guard lock(simulator.mutex);
  report = simulator.report;
  return report.c_str();
}

void ptxSimReset() {
  Simulator &simulator = Simulator::get();
  std::lock_guard lock(simulator.mutex);
  simulator.reset();
}

void ptxSimSetSeed(uint64_t seed) {
  Simulator &simulator = Simulator::get();
  std::lock_guard lock(simulator.mutex);
  simulator.seed = seed;
}

void ptxSimSetMemory(size_t bytes) {
  Simulator &simulator = Simulator::get();
  std::lock_guard lock(simulator.mutex);
  simulator.memoryBytes = bytes;
}

void ptxSimFaultAt(uint64_t kernel) {
  Simulator &simulator = Simulator::get();
  std::lock_guard lock(simulator.mutex);
  simulator.kernelsToFault = kernel;
}
