// CompileOptions::dtypePolicy: what keras.config.set_dtype_policy would do.
#pragma once

#include "compiler/import/Import.h"

namespace dlc::importer {

/// Gives every layer of the module's models that names no policy this one, and
/// the models; the types of tensors follow. Errors name the policies there are,
/// or what in `file` cannot take one.
Expected<void> setDtypePolicy(mlir::ModuleOp module, const std::string &policy,
                              const std::string &file);

/// The same for a model that was read, unless the policy is empty. With
/// mixed_float16 its optimizer gets a loss scale, as compile() of such a model
/// would have given it one.
Expected<void> applyDtypePolicy(Model &model, const std::string &policy,
                                const std::string &file);

/// A Functional's file does not say the policy that its model had when Keras
/// wrapped its optimizer in a loss scale, but the optimizer's variables do.
Expected<void> restoreLossScale(Model &model, const std::string &file);

} // namespace dlc::importer
