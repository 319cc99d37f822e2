// Errors that the layer dialect reports, as values.
#pragma once

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"
#include "runtime/core/Error.h"

#include <string>

namespace dlc::importer {

/// Collects the first error while it lives, instead of printing it.
class DiagnosticCatcher {
public:
  explicit DiagnosticCatcher(mlir::MLIRContext *context);

  /// The first error, in its four parts; `otherwise` names the thing if the
  /// error does not. `config` holds the value where a key has the wrong kind.
  Unexpected<Error> error(const std::string &otherwise,
                          mlir::DictionaryAttr config = nullptr) const;

  /// Where the first error is in a layer file, as "m.mlir:3:5"; empty where it
  /// is in none.
  const std::string &place() const { return where; }

private:
  std::string first;
  std::string where;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace dlc::importer
