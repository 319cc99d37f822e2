// Sizes of a sample that a model's file leaves free, as the user gives them.
#pragma once

#include "compiler/import/config/Json.h"
#include "dialects/layer/Layer.h"
#include "runtime/core/Tensor.h"

namespace dlc::importer {

/// Shapes of one sample by input name, "" the only one; -1: as the file has it.
using InputShapes = std::map<std::string, Shape>;

/// Writes `shapes` where the inputs of a serialised model, of any version, have
/// null for a size. Sizes that are there stay. Whether it wrote any.
bool fillInputShapes(Json &object, const InputShapes &shapes);

/// The input that a name of InputShapes means. An error tells all names.
Expected<layer::InputOp> findInput(mlir::ArrayRef<layer::InputOp> inputs,
                                   const std::string &name);

/// Whether the model's inputs have these shapes: after import a size that is
/// another is one that the file fixes.
Expected<void> checkInputShapes(layer::ModelOp main, const InputShapes &shapes);

} // namespace dlc::importer
