// How Keras writes the arguments of a call.
#pragma once

#include "compiler/import/config/Json.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/OperationSupport.h"

namespace dlc::importer {

/// Positional arguments and those by key; a tensor is {"tensor": i}, the i-th
/// operand.
struct ArgumentForm {
  Json args = Json::array();
  Json kwargs = Json::object();

  bool operator==(const ArgumentForm &) const = default;
};

/// Whether an op's operands go by the names that its attribute `arguments`
/// lists, else by the first parameters of its Keras class.
bool namesOperands(mlir::OperationName op);

/// The parameters of its Keras class, and those that are attributes of a call;
/// none for what is no layer.
llvm::ArrayRef<llvm::StringRef> getParameters(mlir::OperationName op);
llvm::ArrayRef<llvm::StringRef> getCallKeys(mlir::OperationName op);

/// The form in which such an op is called unless its file has another: one list
/// of all tensors, or each an argument of its own; flags that are set by key.
ArgumentForm makeUsualForm(mlir::OperationName op,
                           mlir::DictionaryAttr attributes, size_t count);

} // namespace dlc::importer
