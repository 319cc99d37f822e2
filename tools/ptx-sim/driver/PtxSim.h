// What libptx-sim.so exports beside the driver API: for tests and for messages.
#pragma once

#include <cstddef>
#include <cstdint>

#define PTXSIM_EXPORT __attribute__((visibility("default")))

extern "C" {

/// What has run since the library was opened or ptxSimReset.
struct PtxSimCounters {
  uint64_t kernels;  // that ran, in graphs or alone
  uint64_t launches; // of kernels alone, by cuLaunchKernel and its kin
  uint64_t graphs;   // made by cuGraphInstantiateWithFlags
  uint64_t graphLaunches;
  uint64_t graphKernels; // that ran as nodes of graphs
  uint64_t copies;       // between host and device and on the device
  uint64_t copiedBytes;
  uint64_t libraryCalls; // that ran, in graphs or alone
};
PTXSIM_EXPORT void ptxSimCounters(PtxSimCounters *counters);

/// Bytes that a kernel's accesses of global memory moved in all of its
/// runs since then: by those of 16 bytes a thread, and by smaller ones but for
/// addresses.
PTXSIM_EXPORT void ptxSimTraffic(const char *kernel, uint64_t *wide,
                                 uint64_t *narrow);

/// What the kernel that faulted did, or which call was misused, in a sentence
/// that names kernel, line of the PTX, block and thread; "" before any fault.
/// Good until this thread asks again.
PTXSIM_EXPORT const char *ptxSimReport();

/// Work that a library puts on a stream beside the kernels of modules.
struct PtxSimWork {
  /// Gives null, or a sentence about an access that it may not make, good until
  /// it runs again: a fault.
  const char *(*run)(void *data);
  /// Called once, when nothing runs it any more.
  void (*drop)(void *data);
  void *data;
};

/// Puts work on a stream (a CUstream), or into the graph that is captured from
/// it. Gives a CUresult; `work` is taken in any case.
PTXSIM_EXPORT int ptxSimEnqueue(void *stream, const PtxSimWork *work);

/// Whether all bytes lie in one allocation of the device.
PTXSIM_EXPORT int ptxSimHolds(const void *address, size_t bytes);

/// Sets the counters and traffic to 0. After a fault, which otherwise stays
/// until the process ends, everything goes: memory, modules, streams and
/// context.
PTXSIM_EXPORT void ptxSimReset();

/// Chooses the order of threads in kernels, and which streams run as soon as
/// they can and which as late as they may. The environment variable
/// DLC_PTX_SIM_SEED gives the first.
PTXSIM_EXPORT void ptxSimSetSeed(uint64_t seed);

/// The device's memory; DLC_PTX_SIM_MEMORY gives the first, 8 GiB without it.
PTXSIM_EXPORT void ptxSimSetMemory(size_t bytes);

/// Lets a kernel fault without running: the `kernel`th from here, counted from
/// 1; 0 for none. DLC_PTX_SIM_FAULT gives the first.
PTXSIM_EXPORT void ptxSimFaultAt(uint64_t kernel);
}
