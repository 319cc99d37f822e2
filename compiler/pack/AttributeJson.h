// MLIR attributes as JSON, for the configuration of library routines.
#pragma once

#include "mlir/IR/BuiltinAttributes.h"

#include <nlohmann/json.hpp>

namespace dlc::pack {

/// Numbers, booleans, strings, arrays and dictionaries; unit is null. Other
/// kinds have no JSON form and become their MLIR text.
nlohmann::json toJson(mlir::Attribute attribute);

} // namespace dlc::pack
