// Kernels become machine code for x86-64, one shared object for each CPU level.
#pragma once

#include "dialects/kernel/Kernel.h"
#include "mlir/IR/BuiltinOps.h"
#include "runtime/artifact/Artifact.h"

#include <cstddef>
#include <string>
#include <vector>

namespace dlc::emit::host {

/// The host code of a module for one CPU level.
struct Object {
  /// "x86-64-v3", "x86-64-v4" or "native:NAME".
  std::string cpu;
  /// CPUID features that must be present, by LLVM's names ("avx2", "avx512bw").
  std::vector<std::string> features;
  /// An ELF shared object with the stages of every kernel. It needs powf,
  /// memset and the like from the program that opens it.
  std::vector<std::byte> sharedObject;
};

/// Compiles every kernel.fused of a scheduled module for each of `cpus`
/// ("x86-64-v3", "x86-64-v4", "native"). The same module gives the same bytes.
/// Two kernels may not have one name. `llvmText`, if given, becomes the LLVM IR
/// before it is optimised. Errors are emitted at the kernel or the module: a
/// kernel without a schedule, an op that the host cannot emit, an unknown CPU.
llvm::FailureOr<std::vector<Object>> emitHost(mlir::ModuleOp module,
                                              llvm::ArrayRef<std::string> cpus,
                                              std::string *llvmText = nullptr);

/// The stages of a scheduled kernel, in the order in which they run.
llvm::SmallVector<artifact::Launch::Stage> stagesOf(kernel::FusedOp kernel);

} // namespace dlc::emit::host
