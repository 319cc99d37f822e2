// The rows of Keras' model.summary(), from a layer module.
#pragma once

#include "compiler/Compile.h"
#include "mlir/IR/BuiltinOps.h"

namespace dlc {

/// Layers in the order of the ops, which is Keras' (keras/src/utils/
/// summary_utils.py); costs are for a batch of `batch`. Fails where the model
/// does not expand, with the reason on the context's diagnostic handlers.
llvm::FailureOr<ModelSummary> summarizeModule(mlir::ModuleOp module,
                                              int64_t batch);

} // namespace dlc
