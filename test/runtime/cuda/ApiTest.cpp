// Our declarations of the driver API against those of cuda.h, where a toolkit
// is. The comparison is done by the compiler.
#include "tools/ptx-sim/driver/FunctionList.h"

#include <gtest/gtest.h>

#ifdef DLC_TEST_CUDA_H

// Without this the names of older versions are hidden.
#define __CUDA_API_VERSION_INTERNAL
#include DLC_TEST_CUDA_H

#include <type_traits>

namespace dlc::cuda {
namespace {

/// What a call passes alike: pointers, or numbers of one size.
template <typename Ours, typename Theirs>
constexpr bool passAlike =
    (std::is_pointer_v<Ours> && std::is_pointer_v<Theirs>) ||
    (!std::is_pointer_v<Ours> && !std::is_pointer_v<Theirs> &&
     sizeof(Ours) == sizeof(Theirs));

template <typename Ours, typename Theirs> struct Alike;
template <typename OurResult, typename... Ours, typename TheirResult,
          typename... Theirs>
struct Alike<OurResult(Ours...), TheirResult(Theirs...)> {
  static constexpr bool value = [] {
    if constexpr (sizeof...(Ours) != sizeof...(Theirs))
      return false;
    else
      return passAlike<OurResult, TheirResult> &&
             (passAlike<Ours, Theirs> && ...);
  }();
};

#define DLC_COMPARE(name, parameters)                                          \
  static_assert(Alike<Result parameters, decltype(::name)>::value,             \
                #name " differs from cuda.h");
DLC_CUDA_FUNCTIONS(DLC_COMPARE)
PTXSIM_OTHER_FUNCTIONS(DLC_COMPARE)
#undef DLC_COMPARE

#define DLC_COMPARE(ours, theirs)                                              \
  static_assert(int(ours) == int(theirs), #ours " differs from cuda.h");
DLC_COMPARE(Success, CUDA_SUCCESS)
DLC_COMPARE(InvalidValue, CUDA_ERROR_INVALID_VALUE)
DLC_COMPARE(OutOfMemory, CUDA_ERROR_OUT_OF_MEMORY)
DLC_COMPARE(NotInitialized, CUDA_ERROR_NOT_INITIALIZED)
DLC_COMPARE(NoDevice, CUDA_ERROR_NO_DEVICE)
DLC_COMPARE(InvalidDevice, CUDA_ERROR_INVALID_DEVICE)
DLC_COMPARE(InvalidContext, CUDA_ERROR_INVALID_CONTEXT)
DLC_COMPARE(InvalidImage, CUDA_ERROR_INVALID_IMAGE)
DLC_COMPARE(NoBinaryForGpu, CUDA_ERROR_NO_BINARY_FOR_GPU)
DLC_COMPARE(EccUncorrectable, CUDA_ERROR_ECC_UNCORRECTABLE)
DLC_COMPARE(InvalidPtx, CUDA_ERROR_INVALID_PTX)
DLC_COMPARE(NvlinkUncorrectable, CUDA_ERROR_NVLINK_UNCORRECTABLE)
DLC_COMPARE(UnsupportedPtxVersion, CUDA_ERROR_UNSUPPORTED_PTX_VERSION)
DLC_COMPARE(InvalidHandle, CUDA_ERROR_INVALID_HANDLE)
DLC_COMPARE(IllegalState, CUDA_ERROR_ILLEGAL_STATE)
DLC_COMPARE(NotFound, CUDA_ERROR_NOT_FOUND)
DLC_COMPARE(NotReady, CUDA_ERROR_NOT_READY)
DLC_COMPARE(IllegalAddress, CUDA_ERROR_ILLEGAL_ADDRESS)
DLC_COMPARE(LaunchOutOfResources, CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES)
DLC_COMPARE(LaunchTimeout, CUDA_ERROR_LAUNCH_TIMEOUT)
DLC_COMPARE(Assert, CUDA_ERROR_ASSERT)
DLC_COMPARE(HardwareStackError, CUDA_ERROR_HARDWARE_STACK_ERROR)
DLC_COMPARE(IllegalInstruction, CUDA_ERROR_ILLEGAL_INSTRUCTION)
DLC_COMPARE(MisalignedAddress, CUDA_ERROR_MISALIGNED_ADDRESS)
DLC_COMPARE(InvalidAddressSpace, CUDA_ERROR_INVALID_ADDRESS_SPACE)
DLC_COMPARE(InvalidPc, CUDA_ERROR_INVALID_PC)
DLC_COMPARE(LaunchFailed, CUDA_ERROR_LAUNCH_FAILED)
DLC_COMPARE(CooperativeLaunchTooLarge, CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE)
DLC_COMPARE(StreamCaptureUnsupported, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED)
DLC_COMPARE(StreamCaptureInvalidated, CUDA_ERROR_STREAM_CAPTURE_INVALIDATED)
DLC_COMPARE(StreamCaptureIsolation, CUDA_ERROR_STREAM_CAPTURE_ISOLATION)
DLC_COMPARE(CapturedEvent, CUDA_ERROR_CAPTURED_EVENT)
DLC_COMPARE(Unknown, CUDA_ERROR_UNKNOWN)
DLC_COMPARE(MaxThreadsPerBlock, CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK)
DLC_COMPARE(MaxSharedBytesPerBlock,
            CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK)
DLC_COMPARE(WarpSize, CU_DEVICE_ATTRIBUTE_WARP_SIZE)
DLC_COMPARE(MultiprocessorCount, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)
DLC_COMPARE(ComputeCapabilityMajor,
            CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
DLC_COMPARE(ComputeCapabilityMinor,
            CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)
DLC_COMPARE(CooperativeLaunch, CU_DEVICE_ATTRIBUTE_COOPERATIVE_LAUNCH)
DLC_COMPARE(MaxSharedBytesPerBlockOptin,
            CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN)
DLC_COMPARE(FunctionMaxThreadsPerBlock, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK)
DLC_COMPARE(FunctionSharedBytes, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES)
DLC_COMPARE(FunctionLocalBytes, CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES)
DLC_COMPARE(FunctionRegisters, CU_FUNC_ATTRIBUTE_NUM_REGS)
DLC_COMPARE(FunctionMaxDynamicSharedBytes,
            CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES)
DLC_COMPARE(JitErrorLogBuffer, CU_JIT_ERROR_LOG_BUFFER)
DLC_COMPARE(JitErrorLogBufferBytes, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES)
DLC_COMPARE(StreamDefault, CU_STREAM_DEFAULT)
DLC_COMPARE(StreamNonBlocking, CU_STREAM_NON_BLOCKING)
DLC_COMPARE(EventDefault, CU_EVENT_DEFAULT)
DLC_COMPARE(EventDisableTiming, CU_EVENT_DISABLE_TIMING)
DLC_COMPARE(CaptureGlobal, CU_STREAM_CAPTURE_MODE_GLOBAL)
DLC_COMPARE(CaptureThreadLocal, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL)
DLC_COMPARE(CaptureRelaxed, CU_STREAM_CAPTURE_MODE_RELAXED)
#undef DLC_COMPARE

TEST(Api, IsThatOfCudaH) { EXPECT_GE(CUDA_VERSION, 11040); }

} // namespace
} // namespace dlc::cuda

#else

TEST(Api, IsThatOfCudaH) { GTEST_SKIP() << "no cuda.h on this machine"; }

#endif
