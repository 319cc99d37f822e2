// Modules, their kernels and variables, and launches of kernels.
#include "tools/ptx-sim/driver/Functions.h"
#include "tools/ptx-sim/driver/Simulator.h"

#include <algorithm>
#include <cstring>

using namespace ptxsim::driver;

namespace {

using namespace dlc::cuda;

/// Puts a log where the options say.
void writeLog(const std::string &log, unsigned count, JitOption *options,
              void **values) {
  char *buffer = nullptr;
  size_t bytes = 0;
  for (unsigned i = 0; i < count; ++i) {
    if (options[i] == JitErrorLogBuffer)
      buffer = static_cast<char *>(values[i]);
    if (options[i] == JitErrorLogBufferBytes)
      bytes = reinterpret_cast<size_t>(values[i]);
  }
  if (!buffer || bytes == 0)
    return;
  size_t length = std::min(log.size(), bytes - 1);
  std::memcpy(buffer, log.data(), length);
  buffer[length] = '\0';
}

Function *findFunction(Simulator &simulator, FunctionHandle handle) {
  for (const auto &[key, module] : simulator.modules)
    for (auto &[name, function] : module->functions)
      if (reinterpret_cast<FunctionHandle>(&function) == handle)
        return &function;
  return nullptr;
}

/// The arguments of a launch, kept until it runs.
struct Arguments {
  std::vector<std::byte> bytes;
  std::vector<const void *> addresses;

  Arguments(const ptxsim::KernelInfo &info, void **parameters)
      : bytes(info.parameterBytes) {
    for (size_t i = 0; i < info.parameters.size(); ++i) {
      const ptxsim::Parameter &place = info.parameters[i];
      std::memcpy(bytes.data() + place.offset, parameters[i], place.size);
      addresses.push_back(bytes.data() + place.offset);
    }
  }
};

Result checkShape(Simulator &simulator, const Function &function,
                  const ptxsim::LaunchShape &shape) {
  const ptxsim::KernelInfo &info = function.kernel->info();
  const std::string kernel = "kernel \"" + info.name + "\" is launched with ";
  uint64_t threads = 1;
  for (unsigned size : shape.block)
    threads *= size;
  if (threads == 0 || threads > info.maxThreads)
    return simulator.misuse(InvalidValue,
                            kernel + std::to_string(threads) +
                                " threads a block, and takes 1 to " +
                                std::to_string(info.maxThreads));
  if (std::ranges::count(shape.grid, 0u) > 0)
    return simulator.misuse(InvalidValue, kernel + "an empty grid");
  if (shape.sharedBytes > unsigned(function.maxDynamicSharedBytes))
    return simulator.misuse(
        InvalidValue, kernel + std::to_string(shape.sharedBytes) +
                          " bytes of dynamic shared memory, and may have " +
                          std::to_string(function.maxDynamicSharedBytes));
  return Success;
}

/// What bounds the blocks of a processor of an sm_80, but for registers: of
/// those only ptxas knows.
constexpr unsigned threadsPerProcessor = 2048, blocksPerProcessor = 32;
constexpr size_t sharedPerProcessor = 164 << 10, sharedOfSystem = 1 << 10;

/// Blocks that may wait for each other must all be resident.
Result checkResidence(Simulator &simulator, const Function &function,
                      const ptxsim::LaunchShape &shape) {
  const ptxsim::KernelInfo &info = function.kernel->info();
  uint64_t blocks = 1, threads = 1;
  for (int i = 0; i < 3; ++i) {
    blocks *= shape.grid[i];
    threads *= shape.block[i];
  }
  // A warp's registers and lanes are its own even where it has fewer threads.
  uint64_t lanes = (threads + 31) / 32 * 32;
  uint64_t shared = info.sharedBytes + shape.sharedBytes + sharedOfSystem;
  uint64_t perProcessor =
      std::min({uint64_t(blocksPerProcessor), threadsPerProcessor / lanes,
                sharedPerProcessor / shared});
  int processors = 0;
  cuDeviceGetAttribute(&processors, MultiprocessorCount, 0);
  uint64_t most = perProcessor * uint64_t(processors);
  if (blocks <= most)
    return Success;
  return simulator.misuse(
      CooperativeLaunchTooLarge,
      "kernel \"" + info.name + "\" is launched with " +
          std::to_string(blocks) + " blocks that wait for each other, and " +
          std::to_string(most) + " of them are resident at most");
}

Result launchKernel(FunctionHandle handle, const ptxsim::LaunchShape &shape,
                    StreamHandle streamHandle, void **parameters) {
  return inContext([&](Simulator &simulator) -> Result {
    Function *function = findFunction(simulator, handle);
    auto stream = simulator.findStream(streamHandle);
    if (!function || !stream)
      return simulator.misuse(InvalidHandle,
                              "a launch has no kernel or stream");
    if (Result result = checkShape(simulator, *function, shape);
        result != Success)
      return result;
    if (shape.cooperative)
      if (Result result = checkResidence(simulator, *function, shape);
          result != Success)
        return result;
    const ptxsim::KernelInfo &info = function->kernel->info();
    if (!parameters && !info.parameters.empty())
      return simulator.misuse(InvalidValue, "kernel \"" + info.name +
                                                "\" is launched without "
                                                "arguments");
    for (size_t i = 0; i < info.parameters.size(); ++i)
      if (!parameters[i])
        return simulator.misuse(InvalidValue,
                                "kernel \"" + info.name + "\": argument " +
                                    std::to_string(i) + " is null");
    auto arguments = std::make_shared<Arguments>(info, parameters);
    // Kept, for a graph may run when it is unloaded.
    auto module = simulator.modules.find(function->module);
    auto work = [&simulator, module, kernel = function->kernel, shape,
                 arguments]() -> ptxsim::Expected<void> {
      if (!simulator.modules.find(module.get()))
        return ptxsim::fail(ptxsim::Status::LaunchFailed,
                            "kernel \"" + kernel->info().name +
                                "\": its module was unloaded before it ran");
      if (simulator.kernelsToFault > 0 && --simulator.kernelsToFault == 0)
        return ptxsim::fail(ptxsim::Status::IllegalAddress,
                            "kernel \"" + kernel->info().name +
                                "\": is the one that was to fault");
      ptxsim::Options options;
      // Another order of threads at each launch: results may not depend on it.
      options.seed = simulator.seed * 1000003 + simulator.counters.kernels++;
      options.traffic = &simulator.traffic[kernel->info().name];
      return ptxsim::launch(simulator.memory, *kernel, shape,
                            arguments->addresses.data(), options);
    };
    return simulator.enqueue(*stream, work, /*isKernel=*/true);
  });
}

} // namespace

namespace dlc::cuda {

Result cuModuleLoadDataEx(ModuleHandle *module, const void *image,
                          unsigned count, JitOption *options, void **values) {
  return inContext({module, image}, [&](Simulator &simulator) -> Result {
    if (count > 0 && (!options || !values))
      return simulator.misuse(InvalidValue, "options of a module are null");
    const auto *text = static_cast<const char *>(image);
    if (std::strncmp(text,
                     "\x7f"
                     "ELF",
                     4) == 0) {
      writeLog("ptx-sim runs PTX, and this is a cubin", count, options, values);
      return NoBinaryForGpu;
    }
    auto loaded = ptxsim::Module::load(text);
    if (!loaded) {
      writeLog(loaded.error().message, count, options, values);
      return simulator.fail(loaded.error());
    }
    auto made = std::make_shared<LoadedModule>();
    made->module = std::move(*loaded);
    for (const ptxsim::Variable &variable : made->module->variables())
      if (auto added = simulator.memory.add(variable.address, variable.bytes,
                                            !variable.constant);
          !added)
        return simulator.fail(added.error());
    *module = simulator.modules.add<ModuleHandle>(std::move(made));
    return Success;
  });
}

Result cuModuleLoadData(ModuleHandle *module, const void *image) {
  return cuModuleLoadDataEx(module, image, 0, nullptr, nullptr);
}

Result cuModuleUnload(ModuleHandle module) {
  return inContext([&](Simulator &simulator) -> Result {
    auto found = simulator.modules.find(module);
    if (!found)
      return InvalidHandle;
    if (Result result = simulator.finishAll(); result != Success)
      return result;
    for (const ptxsim::Variable &variable : found->module->variables())
      if (auto removed = simulator.memory.remove(variable.address); !removed)
        return simulator.fail(removed.error());
    simulator.modules.erase(module);
    return Success;
  });
}

Result cuModuleGetFunction(FunctionHandle *function, ModuleHandle module,
                           const char *name) {
  return inContext({function, name}, [&](Simulator &simulator) -> Result {
    auto found = simulator.modules.find(module);
    if (!found)
      return InvalidHandle;
    const ptxsim::Kernel *kernel = found->module->findKernel(name);
    if (!kernel)
      return NotFound;
    Function &known = found->functions[name];
    known = {kernel, found.get(), known.maxDynamicSharedBytes};
    *function = reinterpret_cast<FunctionHandle>(&known);
    return Success;
  });
}

Result cuModuleGetGlobal_v2(DevicePointer *pointer, size_t *bytes,
                            ModuleHandle module, const char *name) {
  return inContext({name}, [&](Simulator &simulator) -> Result {
    auto found = simulator.modules.find(module);
    if (!found)
      return InvalidHandle;
    const ptxsim::Variable *variable = found->module->findVariable(name);
    if (!variable)
      return NotFound;
    if (pointer)
      *pointer = reinterpret_cast<DevicePointer>(variable->address);
    if (bytes)
      *bytes = variable->bytes;
    return Success;
  });
}

Result cuFuncGetAttribute(int *value, FunctionAttribute attribute,
                          FunctionHandle handle) {
  return inContext({value}, [&](Simulator &simulator) -> Result {
    Function *function = findFunction(simulator, handle);
    if (!function)
      return InvalidHandle;
    const ptxsim::KernelInfo &info = function->kernel->info();
    switch (attribute) {
    case FunctionMaxThreadsPerBlock:
      *value = int(info.maxThreads);
      return Success;
    case FunctionSharedBytes:
      *value = int(info.sharedBytes);
      return Success;
    case FunctionLocalBytes:
      *value = int(info.localBytes);
      return Success;
    case FunctionRegisters:
      *value = int(info.registers);
      return Success;
    case FunctionMaxDynamicSharedBytes:
      *value = function->maxDynamicSharedBytes;
      return Success;
    }
    return InvalidValue;
  });
}

Result cuFuncSetAttribute(FunctionHandle handle, FunctionAttribute attribute,
                          int value) {
  return inContext([&](Simulator &simulator) -> Result {
    Function *function = findFunction(simulator, handle);
    if (!function)
      return InvalidHandle;
    int most = 0;
    cuDeviceGetAttribute(&most, MaxSharedBytesPerBlockOptin, 0);
    most -= int(function->kernel->info().sharedBytes);
    if (attribute != FunctionMaxDynamicSharedBytes || value < 0 || value > most)
      return InvalidValue;
    function->maxDynamicSharedBytes = value;
    return Success;
  });
}

Result cuLaunchKernel(FunctionHandle function, unsigned gridX, unsigned gridY,
                      unsigned gridZ, unsigned blockX, unsigned blockY,
                      unsigned blockZ, unsigned sharedBytes,
                      StreamHandle stream, void **parameters, void **extra) {
  if (extra)
    return InvalidValue;
  return launchKernel(function,
                      {{gridX, gridY, gridZ},
                       {blockX, blockY, blockZ},
                       sharedBytes,
                       /*cooperative=*/false},
                      stream, parameters);
}

Result cuLaunchCooperativeKernel(FunctionHandle function, unsigned gridX,
                                 unsigned gridY, unsigned gridZ,
                                 unsigned blockX, unsigned blockY,
                                 unsigned blockZ, unsigned sharedBytes,
                                 StreamHandle stream, void **parameters) {
  return launchKernel(function,
                      {{gridX, gridY, gridZ},
                       {blockX, blockY, blockZ},
                       sharedBytes,
                       /*cooperative=*/true},
                      stream, parameters);
}

} // namespace dlc::cuda
