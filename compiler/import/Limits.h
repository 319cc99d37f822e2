// How large a model may be that a file describes.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "runtime/core/Error.h"

namespace dlc::importer {

/// Refuses, before anything recurses into nested models or repeats them, a
/// module with more models than any file has, with a model that calls itself,
/// or whose models, each put in place of its calls, have more layers than any
/// machine trains: thirty models that call each other twice make a thousand
/// million layers. Needs no verified module. Errors name `file` and the model.
Expected<void> checkLimits(mlir::ModuleOp module, const std::string &file);

} // namespace dlc::importer
