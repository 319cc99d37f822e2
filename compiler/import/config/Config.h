// The config of a Keras object as the attributes of its op, and back.
#pragma once

#include "compiler/import/config/Json.h"
#include "mlir/IR/Operation.h"
#include "mlir/IR/OperationSupport.h"

namespace dlc::importer {

/// The attributes that `config` gives an op of this name, without `name`. A key
/// that the op declares becomes its attribute, unless it says what its absence
/// says; any other goes into the dictionary `keras`, unless it has the value
/// that Keras gives it anyhow.
mlir::NamedAttrList readConfig(mlir::OperationName op, const Json &config);

/// The inverse: a config that Keras completes to the one that was read. Does
/// not hold `name`.
Json writeConfig(mlir::Operation *op);

/// A serialised object in short: without ids, and by its name alone where its
/// config says nothing. `key` is the config key that holds it.
Json shortenObject(const std::string &key, const Json &value);

/// The inverse of shortenObject as far as Keras needs it.
Json lengthenObject(const std::string &key, const Json &value);

/// {module, class_name, config, registered_name}, as Keras serialises.
Json makeObject(llvm::StringRef module, llvm::StringRef className, Json config);

} // namespace dlc::importer
