// Keras classes by name: which op stands for each.
#pragma once

#include "compiler/import/config/Json.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OperationSupport.h"
#include "runtime/core/Error.h"

#include <string>

namespace dlc::importer {

enum class ObjectKind { Layer, Function, Loss, Metric, Optimizer, Schedule };

/// A class as a file names it. `module` and `registeredName` are empty where
/// the file says null or nothing.
struct SavedClass {
  std::string name;           // "Scale"
  std::string module;         // "keras.layers", or the Python module of a user
  std::string registeredName; // "Acme>Scale"
};

/// The class that a serialised object names.
SavedClass readClass(const Json &object);

/// Whether Keras itself is meant; files of Keras 2 name no module.
bool isKerasModule(llvm::StringRef module);

/// The op for a class such as "Dense". Losses, metrics, optimizers ... are also
/// found by the other names that Keras takes for them ("mse", "adam",
/// "sparse_categorical_crossentropy"). The error names `thing`, the class and
/// the nearest classes.
Expected<mlir::OperationName> findClass(mlir::MLIRContext *context,
                                        ObjectKind kind,
                                        const std::string &className,
                                        const std::string &thing);

/// The same for a class that need not be one of Keras: then its registered name
/// must be the op's too, unless Python code had none for it.
Expected<mlir::OperationName> findClass(mlir::MLIRContext *context,
                                        ObjectKind kind,
                                        const SavedClass &saved,
                                        const std::string &thing);

/// No class has two ops. The error names `thing`, which brought the second.
Expected<void> checkClasses(mlir::MLIRContext *context,
                            const std::string &thing);

/// {module, class_name, config, registered_name} of an op, as Keras serialises
/// its class: for a class that is not Keras' the module is null, and the name
/// is that of @keras.saving.register_keras_serializable(package).
Json makeClassObject(mlir::OperationName op, Json config);

} // namespace dlc::importer
