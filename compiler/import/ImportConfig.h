// The config of a Keras model, from a file of any format, becomes ops.
#pragma once

#include "compiler/import/Import.h"
#include "compiler/import/config/Json.h"
#include "dialects/layer/Layer.h"

namespace dlc::importer {

/// Imports the model and, with the options in its place, its compile_config
/// into `model.module`, within the limits of files and verified; adds notes.
/// `model.metadataJson` says which Keras wrote it, `model.weights` which of two
/// layers is meant where the config does not. Errors name the layer or the
/// option, else `file`.
Expected<void> importConfig(Model &model, const Json &object,
                            const CompileOptions &options,
                            const std::string &file);

/// Checks the objects that options stand for in `compile`; those of the file
/// may hold more keys.
Expected<void> checkOptions(mlir::MLIRContext *context, const Json &compile,
                            const TrainingOptions &training);

/// The names of the model's outputs, in its order.
std::vector<std::string> listOutputs(layer::ModelOp model);

} // namespace dlc::importer
