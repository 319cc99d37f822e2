// Model files of every kind become a module of the layer dialect, and back.
#pragma once

#include "compiler/Compile.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "runtime/keras/Legacy.h"

namespace dlc::importer {

/// A model as the compiler takes it.
struct Model {
  /// layer.model ops and at most one layer.compile.
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// By path in model.weights.h5, optimizer state included; empty where the
  /// model came without: then initializers fill the weights.
  keras::WeightMap weights;
  /// What goes back into a .keras file: the user's own config.json where there
  /// is one, with what the options changed in its compile_config.
  std::string configJson;
  std::string metadataJson;
  /// How a legacy .h5 file of this model names its weights.
  keras::LegacyLayout legacy;
  /// What the user should know but need not change, a line each.
  std::vector<std::string> notes;
};

/// Reads a .keras file or folder, a legacy .h5 or .hdf5 file, or a .mlir layer
/// file with the weights that it names. `options.training` replaces what the
/// file says, `options.weights` its weights. Errors name the file, the layer or
/// the option.
Expected<Model> readModel(mlir::MLIRContext &context,
                          const std::filesystem::path &file,
                          const CompileOptions &options = {});

/// The same from the text of a layer file, which errors call `name`; without
/// the weights that it names.
Expected<Model> readLayerText(mlir::MLIRContext &context,
                              const std::string &text, const std::string &name,
                              const CompileOptions &options);

/// The module as a layer file that names `weightsName` (a file beside it) as
/// its weights; empty for none.
std::string printModel(mlir::ModuleOp module, const std::string &weightsName);

/// The config.json that Keras loads, from a module of the layer dialect, which
/// errors call `name`.
Expected<std::string> exportConfig(mlir::ModuleOp module,
                                   const std::string &name = "module");

/// A metadata.json of now for a model that no Keras wrote.
std::string makeMetadata();

} // namespace dlc::importer
