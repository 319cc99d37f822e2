// The functions of the driver API that libptx-sim.so exports by their own
// names.
#pragma once

#include "runtime/cuda/driver/Api.h"

/// Those that the runtime does not call, but tests and other programs do.
#define PTXSIM_OTHER_FUNCTIONS(F)                                              \
  F(cuDeviceTotalMem_v2, (size_t *bytes, DeviceOrdinal device))                \
  F(cuCtxGetCurrent, (ContextHandle * context))                                \
  F(cuCtxSynchronize, ())                                                      \
  F(cuModuleLoadData, (ModuleHandle * module, const void *image))              \
  F(cuModuleGetGlobal_v2, (DevicePointer * pointer, size_t *bytes,             \
                           ModuleHandle module, const char *name))             \
  F(cuFuncGetAttribute,                                                        \
    (int *value, FunctionAttribute attribute, FunctionHandle function))        \
  F(cuMemcpyHtoD_v2, (DevicePointer to, const void *from, size_t bytes))       \
  F(cuMemcpyDtoH_v2, (void *to, DevicePointer from, size_t bytes))             \
  F(cuStreamQuery, (StreamHandle stream))                                      \
  F(cuEventQuery, (EventHandle event))                                         \
  F(cuLaunchCooperativeKernel,                                                 \
    (FunctionHandle function, unsigned gridX, unsigned gridY, unsigned gridZ,  \
     unsigned blockX, unsigned blockY, unsigned blockZ, unsigned sharedBytes,  \
     StreamHandle stream, void **parameters))
