// The entry of the engine: PTX text becomes a module, a module's kernels run on
// grids of threads, on the CPU.
#pragma once

#include "tools/ptx-sim/engine/Fault.h"
#include "tools/ptx-sim/engine/Memory.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ptxsim {

/// One parameter of a kernel in the parameter buffer.
struct Parameter {
  size_t offset = 0;
  size_t size = 0;
};

/// What is known of a kernel without running it.
struct KernelInfo {
  std::string name;
  unsigned line = 0; // Of its .entry in the PTX.
  std::vector<Parameter> parameters;
  size_t parameterBytes = 0;
  size_t sharedBytes = 0; // Static.
  size_t localBytes = 0;  // A thread.
  /// From .maxntid or .reqntid, 1024 where the kernel gives none.
  unsigned maxThreads = 1024;
  /// Virtual registers of 32 bits: a bound, not what ptxas would take.
  unsigned registers = 0;
};

/// A kernel of a loaded module; the module owns it.
class Kernel {
public:
  virtual ~Kernel() = default;
  virtual const KernelInfo &info() const = 0;
};

/// A variable of a module.
struct Variable {
  std::string name;
  void *address = nullptr;
  size_t bytes = 0;
  bool constant = false; // In .const: kernels may not write it.
};

/// A translation unit of PTX, ready to run. Kernels become machine code at
/// their first launch. Must outlive the launches of its kernels.
class Module {
public:
  /// The module in `ptx`, which ends at the first NUL or at its end. Anything
  /// that the engine does not know is a fault that names it and its line.
  static Expected<std::unique_ptr<Module>> load(std::string_view ptx);

  virtual ~Module() = default;
  /// Null if there is none.
  virtual const Kernel *findKernel(std::string_view name) const = 0;
  /// Null if there is none.
  virtual const Variable *findVariable(std::string_view name) const = 0;
  virtual std::vector<const Kernel *> kernels() const = 0;
  virtual const std::vector<Variable> &variables() const = 0;
};

/// How many blocks of how many threads.
struct LaunchShape {
  std::array<unsigned, 3> grid = {1, 1, 1};
  std::array<unsigned, 3> block = {1, 1, 1};
  unsigned sharedBytes = 0; // Dynamic.
  /// All blocks at once, so that they may wait for each other.
  bool cooperative = false;
};

/// Bytes that accesses of global memory moved: by those of 16 bytes a
/// thread, and by smaller ones; addresses, of 8 bytes, do not count.
struct Traffic {
  uint64_t wide = 0;
  uint64_t narrow = 0;
};

/// How a launch runs.
struct Options {
  /// Chooses the order of blocks and threads.
  uint64_t seed = 0;
  /// Report races on shared memory.
  bool races = true;
  /// CPU threads that run blocks; 0 for as many as the CPU has.
  unsigned workers = 0;
  /// Threads that only wait for memory to change are given up after this.
  std::chrono::milliseconds patience{20000};
  /// If there is one, what the launch moves is added to it.
  Traffic *traffic = nullptr;
};

/// Runs `kernel` and returns when all its threads have ended. `parameters`
/// points to the value of each parameter in turn, as cuLaunchKernel's does. The
/// variables of the kernel's module need not be added to `memory`. After a
/// fault, memory holds what was written until then.
Expected<void> launch(const Memory &memory, const Kernel &kernel,
                      const LaunchShape &shape, const void *const *parameters,
                      const Options &options = {});

} // namespace ptxsim
