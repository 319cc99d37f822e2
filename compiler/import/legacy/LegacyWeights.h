// The weights of a model as legacy files group and order them.
#pragma once

#include "compiler/import/legacy/LegacyFile.h"
#include "mlir/IR/BuiltinOps.h"

namespace dlc::importer {

/// The layout of a legacy file for a model that did not come from one, with
/// Keras 3's names.
keras::LegacyLayout makeLayout(mlir::ModuleOp module);

/// Moves the values of a legacy file to the paths that they have in
/// model.weights.h5, which `file.layout` gets too. Layers are matched by name
/// where both have the same names, else in their order, as Keras does. Errors
/// name the layer and `name`, the file.
Expected<keras::WeightMap> matchLegacy(mlir::ModuleOp module, LegacyFile &file,
                                       const std::string &name);

} // namespace dlc::importer
