// MLIR attributes as JSON, and back: for Keras' configs and for the artifact's
// manifest.
#pragma once

#include "mlir/IR/BuiltinAttributes.h"

#include <nlohmann/json.hpp>

namespace dlc::attributes {

/// Keeps the order of keys, as Python does.
using Json = nlohmann::ordered_json;

/// i64, f64, bool, string, array, dictionary; unit for null.
mlir::Attribute toAttribute(mlir::MLIRContext *context, const Json &json);

/// The inverse. Attributes of other kinds become their MLIR text.
Json toJson(mlir::Attribute attribute);

} // namespace dlc::attributes
