// A loaded module: its variables in memory, its kernels translated at once and
// compiled when first launched.
#include "tools/ptx-sim/engine/Compiler.h"
#include "tools/ptx-sim/engine/Engine.h"
#include "tools/ptx-sim/engine/ptx/Parser.h"
#include "tools/ptx-sim/engine/run/Launch.h"
#include "tools/ptx-sim/engine/translate/KernelTranslator.h"
#include "llvm/IR/LLVMContext.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <mutex>

using namespace ptxsim;

namespace {
class LoadedKernel : public Kernel {
public:
  explicit LoadedKernel(Compiler &compiler) : compiler(compiler) {}

  const KernelInfo &info() const override { return code.info; }

  Expected<void> translate(const ptx::TranslationUnit &unit,
                           const VariableAddresses &addresses,
                           const ptx::Function &entry) {
    context = std::make_unique<llvm::LLVMContext>();
    module = std::make_unique<llvm::Module>(entry.name, *context);
    return KernelTranslator(unit, addresses, *module, code).run(entry);
  }

  /// Machine code, made by the first caller.
  Expected<void> compile() const {
    std::lock_guard lock(mutex);
    if (code.function)
      return {};
    if (failed)
      return dlc::Unexpected(*failed);
    Expected<KernelFunction> function =
        compiler.compile(std::move(context), std::move(module), code.info.name);
    if (!function) {
      failed = function.error();
      return dlc::Unexpected(function.error());
    }
    code.function = *function;
    return {};
  }

  mutable KernelCode code;

private:
  Compiler &compiler;
  mutable std::mutex mutex;
  mutable std::optional<Fault> failed;
  mutable std::unique_ptr<llvm::LLVMContext> context;
  mutable std::unique_ptr<llvm::Module> module;
};

class LoadedModule : public ptxsim::Module {
public:
  Expected<void> load(std::string_view text);

  const Kernel *findKernel(std::string_view name) const override {
    for (const auto &kernel : loaded)
      if (kernel->info().name == name)
        return kernel.get();
    return nullptr;
  }

  const Variable *findVariable(std::string_view name) const override {
    for (const Variable &variable : placed)
      if (variable.name == name)
        return &variable;
    return nullptr;
  }

  std::vector<const Kernel *> kernels() const override {
    std::vector<const Kernel *> all;
    for (const auto &kernel : loaded)
      all.push_back(kernel.get());
    return all;
  }

  const std::vector<Variable> &variables() const override { return placed; }

private:
  Expected<void> place(const ptx::Variable &variable);

  using Bytes = std::unique_ptr<uint8_t[], void (*)(void *)>;
  std::vector<Bytes> bytes;
  std::vector<Variable> placed;
  VariableAddresses addresses;
  Ranges ranges;
  std::unique_ptr<Compiler> compiler;
  std::vector<std::unique_ptr<LoadedKernel>> loaded;
};
} // namespace

/// Variables without a given value are 0, with a gap on both sides.
Expected<void> LoadedModule::place(const ptx::Variable &variable) {
  constexpr size_t gap = 256;
  size_t alignment = std::max<size_t>(variable.alignment, gap);
  size_t total =
      (variable.bytes + gap + 2 * alignment - 1) / alignment * alignment;
  Bytes memory(static_cast<uint8_t *>(std::aligned_alloc(alignment, total)),
               &std::free);
  if (!memory)
    return fail(Status::OutOfMemory, "variable " + variable.name +
                                         ": the host has no memory for it");
  uint8_t *begin = memory.get() + alignment;
  std::memset(begin, 0, variable.bytes);
  std::copy(variable.initial.begin(), variable.initial.end(), begin);
  auto address = reinterpret_cast<uint64_t>(begin);
  bool isConstant = variable.space == ptx::Space::Const;
  placed.push_back({variable.name, begin, variable.bytes, isConstant});
  addresses[variable.name] = address;
  ranges.push_back({address, address + variable.bytes, !isConstant});
  bytes.push_back(std::move(memory));
  return {};
}

Expected<void> LoadedModule::load(std::string_view text) {
  Expected<ptx::TranslationUnit> unit =
      ptx::parse(text.substr(0, text.find('\0')));
  if (!unit)
    return dlc::Unexpected(unit.error());
  for (const ptx::Variable &variable : unit->variables)
    if (variable.space != ptx::Space::Shared && variable.bytes)
      if (Expected<void> done = place(variable); !done)
        return done;
  std::sort(ranges.begin(), ranges.end(),
            [](const Range &a, const Range &b) { return a.begin < b.begin; });
  Expected<std::unique_ptr<Compiler>> made = Compiler::create();
  if (!made)
    return dlc::Unexpected(made.error());
  compiler = std::move(*made);
  for (const ptx::Function &function : unit->functions) {
    if (!function.isEntry)
      continue;
    loaded.push_back(std::make_unique<LoadedKernel>(*compiler));
    loaded.back()->code.variables = &ranges;
    if (Expected<void> done =
            loaded.back()->translate(*unit, addresses, function);
        !done)
      return done;
  }
  return {};
}

Expected<std::unique_ptr<Module>> Module::load(std::string_view ptx) {
  auto module = std::make_unique<LoadedModule>();
  if (Expected<void> done = module->load(ptx); !done)
    return dlc::Unexpected(done.error());
  return std::unique_ptr<Module>(std::move(module));
}

Expected<void> ptxsim::launch(const Memory &memory, const Kernel &kernel,
                              const LaunchShape &shape,
                              const void *const *parameters,
                              const Options &options) {
  const auto &loaded = static_cast<const LoadedKernel &>(kernel);
  if (Expected<void> compiled = loaded.compile(); !compiled)
    return compiled;
  return launchCode(memory, loaded.code, shape, parameters, options);
}
