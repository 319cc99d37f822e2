// Element types by Keras' names.
#pragma once

#include "dialects/layer/Layer.h"

namespace dlc::layer {

/// The element type that dlc computes in for a dtype of Keras; null for one
/// that it does not know.
mlir::Type findElement(mlir::MLIRContext *context, llvm::StringRef dtype);

/// That of a node whose config names a dtype, else `otherwise`; an error that
/// names the node.
template <typename Node>
llvm::FailureOr<mlir::Type> inferElement(std::optional<mlir::Location> loc,
                                         typename Node::Adaptor node,
                                         mlir::Type otherwise) {
  llvm::StringRef dtype = node.getDtype();
  mlir::Type element =
      dtype.empty() ? otherwise : findElement(otherwise.getContext(), dtype);
  if (!element)
    return emitLayerError<Node>(
        loc, node, "dtype is \"", dtype,
        "\" but dlc computes in float32, int32 and bool; choose one of these");
  return element;
}

} // namespace dlc::layer
