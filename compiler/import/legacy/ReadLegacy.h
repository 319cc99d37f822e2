// Whole models in legacy .h5 files.
#pragma once

#include "compiler/import/Import.h"

namespace dlc::importer {

/// Reads a legacy .h5 or .hdf5 file of Keras 2 or 3. Errors name the file, the
/// layer or the option.
Expected<Model> readLegacy(mlir::MLIRContext &context,
                           const std::filesystem::path &file,
                           const CompileOptions &options);

/// The same from what the file holds; errors call it `file`.
Expected<Model> readLegacy(mlir::MLIRContext &context, keras::Hdf5File content,
                           const std::filesystem::path &file,
                           const CompileOptions &options);

} // namespace dlc::importer
