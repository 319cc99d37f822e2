// A compile_config becomes a layer.compile, and back.
#pragma once

#include "compiler/import/config/Json.h"
#include "dialects/layer/Layer.h"
#include "mlir/IR/BuiltinOps.h"

namespace dlc::importer {

/// Gives the optimizer a loss scale if the model's policy is mixed_float16 and
/// it has none: what compile()'s auto_scale_loss does.
void addLossScale(layer::ModelOp model, layer::CompileOp compile);

/// Gives the optimizer a loss scale if it has none.
void addLossScale(layer::CompileOp compile);

/// Adds the layer.compile of `model` to the module; replaces the one that is
/// there. An empty or null config leaves the model without.
Expected<void> importCompile(mlir::ModuleOp module, layer::ModelOp model,
                             const Json &config);

/// The compile_config that Keras makes the same optimizer, losses and metrics
/// of, in the spelling that was imported where it still says the same. Null for
/// a module without a layer.compile.
Json exportCompile(mlir::ModuleOp module);

/// How many steps compile's steps_per_execution puts into one launch; 1 where
/// it says nothing that a launch could follow.
int64_t readStepsPerExecution(mlir::ModuleOp module);

/// The layer.compile of a module, or null.
layer::CompileOp findCompile(mlir::ModuleOp module);

} // namespace dlc::importer
