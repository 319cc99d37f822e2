// Shared libraries that define layers: docs/AddALayer.md.
#pragma once

#include "mlir/IR/MLIRContext.h"
#include "runtime/core/Error.h"

#include <filesystem>
#include <vector>

namespace dlc::importer {

/// Opens each library by MLIR's own mechanism (mlir/Tools/Plugins/
/// DialectPlugin.h) and loads its dialects, so that findClass and the parser
/// know their layers. They stay open until the process ends. The error names
/// the library that does not open, is made for another version of dlc, or
/// registers what exists.
Expected<void> loadPlugins(mlir::MLIRContext &context,
                           const std::vector<std::filesystem::path> &plugins);

} // namespace dlc::importer
