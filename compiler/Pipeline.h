// The phases of the compiler in order; --emit takes their names.
#pragma once

#include "compiler/Compile.h"
#include "mlir/Pass/PassManager.h"

namespace dlc {

/// What kernels are planned for.
enum class Device { Host, Cuda };

/// Adds the passes of every phase up to and including `last` to a manager for
/// modules. `last` is one of listPhases() before "llvm".
void buildPipeline(mlir::OpPassManager &pm, const CompileOptions &options,
                   llvm::StringRef last = "plan", Device device = Device::Host);

/// Adds the passes of the phase "plan" alone.
void buildPlan(mlir::OpPassManager &pm, const CompileOptions &options,
               Device device);

/// Registers `--model-to-plan`, the whole pipeline for the host, and
/// `--model-to-cuda-plan` for dlc-opt.
void registerPipelines();

} // namespace dlc
