// Kernels as machine code, by LLVM's ORC.
#pragma once

#include "tools/ptx-sim/engine/run/KernelCode.h"

#include <memory>

namespace llvm {
class LLVMContext;
class Module;
} // namespace llvm

namespace ptxsim {

/// Owns the machine code of a module's kernels.
class Compiler {
public:
  static Expected<std::unique_ptr<Compiler>> create();
  ~Compiler();

  /// The function kernelSymbol of `code`, optimised for this CPU.
  Expected<KernelFunction> compile(std::unique_ptr<llvm::LLVMContext> context,
                                   std::unique_ptr<llvm::Module> code,
                                   const std::string &name);

private:
  struct Implementation;
  explicit Compiler(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation;
};

} // namespace ptxsim
