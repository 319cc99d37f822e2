// The layers of a model and what they read, from a layer module.
#pragma once

#include "compiler/Compile.h"
#include "mlir/IR/BuiltinOps.h"

namespace dlc {

/// Layers in the order of the ops, a layer that is called several times once;
/// the module has a main model, as importing checked.
LayerGraph describeModule(mlir::ModuleOp module);

} // namespace dlc
