// Keras classes by name: which op of the layer dialect stands for each.
#pragma once

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OperationSupport.h"
#include "runtime/core/Error.h"

#include <string>

namespace dlc::importer {

enum class ObjectKind { Layer, Function, Loss, Metric, Optimizer };

/// The op for a class such as "Dense". Losses, metrics and optimizers are also
/// found by the other names that Keras takes for them ("mse", "adam",
/// "sparse_categorical_crossentropy"). The error names `thing`, the class and
/// the nearest classes.
Expected<mlir::OperationName> findClass(mlir::MLIRContext *context,
                                        ObjectKind kind,
                                        const std::string &className,
                                        const std::string &thing);

/// Keras' class and module of an op that stands for an object.
std::string getClassName(mlir::OperationName op);
std::string getModuleName(mlir::OperationName op);

} // namespace dlc::importer
