// What a trained model keeps of its data, names of classes and how its pictures
// were read, on its way through files of every form. In metadata.json it stands
// under "dlc", in a layer file as the module's attribute `layer.data`, and in a
// legacy file as the attribute `dlc`.
#pragma once

#include "compiler/import/config/Json.h"
#include "mlir/IR/BuiltinOps.h"

namespace dlc::importer {

/// {"class_names": [...], "pictures": {...}}, of what has the right kinds; an
/// empty object where `metadataJson` has neither.
Json findDataNotes(const std::string &metadataJson);

/// The metadata with these notes in place of its own.
std::string withDataNotes(const std::string &metadataJson, const Json &notes);

/// The notes as an attribute of a module, and from there into metadata.
void writeDataNotes(mlir::ModuleOp module, const std::string &metadataJson);
std::string readDataNotes(mlir::ModuleOp module, std::string metadataJson);

} // namespace dlc::importer
