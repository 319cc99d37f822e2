// The phases of the compiler in order; --emit takes their names.
#pragma once

#include "compiler/Compile.h"
#include "mlir/Pass/PassManager.h"

namespace dlc {

/// Adds the passes of every phase up to and including `last` to a manager for
/// modules. `last` is one of listPhases() before "llvm".
void buildPipeline(mlir::OpPassManager &pm, const CompileOptions &options,
                   llvm::StringRef last = "plan");

/// Registers `--model-to-plan`, the whole pipeline, for dlc-opt.
void registerPipelines();

} // namespace dlc
