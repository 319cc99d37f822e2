// What dlc needs of the CUDA driver API, declared here so that dlc builds where
// no CUDA is. A test compares it with cuda.h where there is one.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dlc::cuda {

/// CUresult. The driver may give values that are not named here.
enum Result : int {
  Success = 0,
  InvalidValue = 1,
  OutOfMemory = 2,
  NotInitialized = 3,
  NoDevice = 100,
  InvalidDevice = 101,
  InvalidImage = 200,
  InvalidContext = 201,
  NoBinaryForGpu = 209,
  EccUncorrectable = 214,
  InvalidPtx = 218,
  NvlinkUncorrectable = 220,
  UnsupportedPtxVersion = 222,
  InvalidHandle = 400,
  IllegalState = 401,
  NotFound = 500,
  NotReady = 600,
  IllegalAddress = 700,
  LaunchOutOfResources = 701,
  LaunchTimeout = 702,
  Assert = 710,
  HardwareStackError = 714,
  IllegalInstruction = 715,
  MisalignedAddress = 716,
  InvalidAddressSpace = 717,
  InvalidPc = 718,
  LaunchFailed = 719,
  CooperativeLaunchTooLarge = 720,
  StreamCaptureUnsupported = 900,
  StreamCaptureInvalidated = 901,
  StreamCaptureUnmatched = 903,
  StreamCaptureUnjoined = 904,
  StreamCaptureIsolation = 905,
  CapturedEvent = 907,
  Unknown = 999,
};

/// CUdevice_attribute.
enum DeviceAttribute : int {
  MaxThreadsPerBlock = 1,
  MaxSharedBytesPerBlock = 8,
  WarpSize = 10,
  MultiprocessorCount = 16,
  ComputeCapabilityMajor = 75,
  ComputeCapabilityMinor = 76,
  CooperativeLaunch = 95,
  MaxSharedBytesPerBlockOptin = 97,
};

/// CUfunction_attribute.
enum FunctionAttribute : int {
  FunctionMaxThreadsPerBlock = 0,
  FunctionSharedBytes = 1,
  FunctionLocalBytes = 3,
  FunctionRegisters = 4,
  FunctionMaxDynamicSharedBytes = 8,
};

/// CUjit_option.
enum JitOption : int {
  JitErrorLogBuffer = 5,
  JitErrorLogBufferBytes = 6,
};

/// CUstream_flags, CUevent_flags, CUstreamCaptureMode.
enum StreamFlags : unsigned { StreamDefault = 0, StreamNonBlocking = 1 };
enum EventFlags : unsigned { EventDefault = 0, EventDisableTiming = 2 };
enum CaptureMode : int {
  CaptureGlobal = 0,
  CaptureThreadLocal = 1,
  CaptureRelaxed = 2
};

using DeviceOrdinal = int;                // CUdevice
using DevicePointer = unsigned long long; // CUdeviceptr
using ContextHandle = struct OpaqueContext *;
using ModuleHandle = struct OpaqueModule *;
using FunctionHandle = struct OpaqueFunction *;
using StreamHandle = struct OpaqueStream *;
using EventHandle = struct OpaqueEvent *;
using GraphHandle = struct OpaqueGraph *;
using GraphExecHandle = struct OpaqueGraphExec *;

} // namespace dlc::cuda

/// Every function of the driver that the runtime calls, once: F(name,
/// (parameters)), by the names that the library exports. All give a CUresult.
#define DLC_CUDA_FUNCTIONS(F)                                                  \
  F(cuInit, (unsigned flags))                                                  \
  F(cuDriverGetVersion, (int *version))                                        \
  F(cuGetErrorName, (Result result, const char **name))                        \
  F(cuGetErrorString, (Result result, const char **text))                      \
  F(cuDeviceGetCount, (int *count))                                            \
  F(cuDeviceGet, (DeviceOrdinal * device, int ordinal))                        \
  F(cuDeviceGetName, (char *name, int bytes, DeviceOrdinal device))            \
  F(cuDeviceGetAttribute,                                                      \
    (int *value, DeviceAttribute attribute, DeviceOrdinal device))             \
  F(cuDevicePrimaryCtxRetain, (ContextHandle * context, DeviceOrdinal device)) \
  F(cuDevicePrimaryCtxRelease_v2, (DeviceOrdinal device))                      \
  F(cuCtxSetCurrent, (ContextHandle context))                                  \
  F(cuModuleLoadDataEx, (ModuleHandle * module, const void *image,             \
                         unsigned count, JitOption *options, void **values))   \
  F(cuModuleUnload, (ModuleHandle module))                                     \
  F(cuModuleGetFunction,                                                       \
    (FunctionHandle * function, ModuleHandle module, const char *name))        \
  F(cuFuncSetAttribute,                                                        \
    (FunctionHandle function, FunctionAttribute attribute, int value))         \
  F(cuMemGetInfo_v2, (size_t *free, size_t *total))                            \
  F(cuMemAlloc_v2, (DevicePointer * pointer, size_t bytes))                    \
  F(cuMemFree_v2, (DevicePointer pointer))                                     \
  F(cuMemHostAlloc, (void **pointer, size_t bytes, unsigned flags))            \
  F(cuMemFreeHost, (void *pointer))                                            \
  F(cuMemcpyHtoDAsync_v2,                                                      \
    (DevicePointer to, const void *from, size_t bytes, StreamHandle stream))   \
  F(cuMemcpyDtoHAsync_v2,                                                      \
    (void *to, DevicePointer from, size_t bytes, StreamHandle stream))         \
  F(cuMemcpyDtoDAsync_v2,                                                      \
    (DevicePointer to, DevicePointer from, size_t bytes, StreamHandle stream)) \
  F(cuMemsetD8Async, (DevicePointer to, unsigned char value, size_t bytes,     \
                      StreamHandle stream))                                    \
  F(cuStreamCreate, (StreamHandle * stream, unsigned flags))                   \
  F(cuStreamDestroy_v2, (StreamHandle stream))                                 \
  F(cuStreamSynchronize, (StreamHandle stream))                                \
  F(cuStreamWaitEvent,                                                         \
    (StreamHandle stream, EventHandle event, unsigned flags))                  \
  F(cuStreamBeginCapture_v2, (StreamHandle stream, CaptureMode mode))          \
  F(cuStreamEndCapture, (StreamHandle stream, GraphHandle * graph))            \
  F(cuEventCreate, (EventHandle * event, unsigned flags))                      \
  F(cuEventDestroy_v2, (EventHandle event))                                    \
  F(cuEventRecord, (EventHandle event, StreamHandle stream))                   \
  F(cuEventSynchronize, (EventHandle event))                                   \
  F(cuEventElapsedTime,                                                        \
    (float *milliseconds, EventHandle start, EventHandle end))                 \
  F(cuGraphInstantiateWithFlags,                                               \
    (GraphExecHandle * exec, GraphHandle graph, unsigned long long flags))     \
  F(cuGraphLaunch, (GraphExecHandle exec, StreamHandle stream))                \
  F(cuGraphExecDestroy, (GraphExecHandle exec))                                \
  F(cuGraphDestroy, (GraphHandle graph))                                       \
  F(cuLaunchKernel,                                                            \
    (FunctionHandle function, unsigned gridX, unsigned gridY, unsigned gridZ,  \
     unsigned blockX, unsigned blockY, unsigned blockZ, unsigned sharedBytes,  \
     StreamHandle stream, void **parameters, void **extra))
