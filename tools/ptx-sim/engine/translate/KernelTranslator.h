// A kernel and the functions it calls, as one LLVM module.
#pragma once

#include "tools/ptx-sim/engine/ptx/Ast.h"
#include "tools/ptx-sim/engine/run/KernelCode.h"
#include "llvm/IR/Module.h"

#include <unordered_map>

namespace ptxsim {

/// Addresses of a module's variables in .global and .const.
using VariableAddresses = std::unordered_map<std::string, uint64_t>;

/// The symbol of every kernel in its own LLVM module.
inline constexpr const char *kernelSymbol = "kernel";

class KernelTranslator {
public:
  KernelTranslator(const ptx::TranslationUnit &unit,
                   const VariableAddresses &addresses, llvm::Module &module,
                   KernelCode &code)
      : unit(unit), addresses(addresses), module(module), code(code) {}

  /// Fills the module and the code, all but the code's function pointer.
  Expected<void> run(const ptx::Function &entry);

  // What the translation of the functions needs.
  const ptx::TranslationUnit &unit;
  const VariableAddresses &addresses;
  llvm::Module &module;
  KernelCode &code;

  unsigned addSite(Site site);
  /// One more instruction that remembers its last range.
  unsigned addRangeSlot() { return code.rangeSlots++; }
  /// The translated form of a device function; null if there is no such one.
  llvm::Function *findFunction(const std::string &name) const;
  /// Offset of a variable in shared or local memory; null if it is none.
  const size_t *findOffset(const ptx::Variable *variable) const;
  const ptx::Variable *findUnitVariable(const std::string &name) const;
  /// What the engine offers to code, by its name in run/Calls.cpp.
  llvm::FunctionCallee runtime(const char *name, llvm::FunctionType *type);
  /// The first fault stays.
  void fault(unsigned line, std::string message);

private:
  bool collect(const ptx::Function &function);
  void layOutShared();
  void layOutLocal();
  void describeEntry(const ptx::Function &entry);
  llvm::Function *declare(const ptx::Function &function);

  std::optional<Fault> found;
  std::vector<const ptx::Function *> reachable;
  std::vector<const ptx::Function *> callers; // Of the one being collected.
  std::unordered_map<std::string, llvm::Function *> functions;
  std::unordered_map<const ptx::Variable *, size_t> offsets;
};

/// True if threads of a kernel with this function may have to wait for others.
bool mayWait(const ptx::Function &function);
/// The fewest bytes, 4 at most, that an access to shared memory takes.
unsigned leastSharedAccess(const ptx::Function &function);
/// True if some branch goes back.
bool hasLoop(const ptx::Function &function);

} // namespace ptxsim
