// Errors that the layer dialect reports, as values.
#pragma once

#include "mlir/IR/Diagnostics.h"
#include "runtime/core/Error.h"

#include <string>

namespace dlc::importer {

/// Collects the first error while it lives, instead of printing it.
class DiagnosticCatcher {
public:
  explicit DiagnosticCatcher(mlir::MLIRContext *context);

  /// The first error, in its four parts; `otherwise` names the thing if there
  /// was none.
  Unexpected<Error> error(const std::string &otherwise) const;

private:
  std::string first;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace dlc::importer
