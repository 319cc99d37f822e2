// Reads a model and writes it in the other form, for the fuzzers of the
// importer.
#pragma once

#include "compiler/import/Import.h"
#include "dialects/layer/Layer.h"
#include "test/fuzz/Temporary.h"

namespace dlc::fuzz {

/// A context for many inputs, renewed now and then: what it has once made,
/// types and attributes, stays with it.
inline mlir::MLIRContext &context() {
  static std::unique_ptr<mlir::MLIRContext> context;
  static int uses = 0;
  if (uses++ % 500 == 0)
    context = std::make_unique<mlir::MLIRContext>(
        mlir::MLIRContext::Threading::DISABLED);
  return *context;
}

/// A module that was read can be printed as a layer file and as a Keras config.
inline void write(const Expected<importer::Model> &model) {
  checkError(model);
  if (!model)
    return;
  if (importer::printModel(*model->module, "").empty())
    std::abort();
  checkError(importer::exportConfig(*model->module));
}

inline void readAndWrite(const std::filesystem::path &file) {
  write(importer::readModel(context(), file));
}

} // namespace dlc::fuzz
