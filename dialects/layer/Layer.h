// The layer dialect: what Keras says, in Keras' words.
#pragma once

#include "dialects/layer/Config.h"
#include "dialects/layer/ExpandContext.h"
#include "dialects/layer/MetricSums.h"
#include "dialects/layer/Policy.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/layer/LayerDialect.h.inc"
#include "dialects/layer/LayerInterface.h.inc"

#define GET_OP_CLASSES
#include "dialects/layer/ModelOps.h.inc"

#define GET_OP_CLASSES
#include "dialects/layer/LayerOps.h.inc"

#define GET_OP_CLASSES
#include "dialects/layer/SpatialOps.h.inc"

#define GET_OP_CLASSES
#include "dialects/layer/NormalizationOps.h.inc"

#define GET_OP_CLASSES
#include "dialects/layer/AttentionOps.h.inc"

#define GET_OP_CLASSES
#include "dialects/layer/NodeOps.h.inc"

#define GET_OP_CLASSES
#include "dialects/layer/TrainOps.h.inc"

namespace dlc::layer {

/// layer.dense "fc1": what it has, the limit, the remedy.
template <typename Layer, typename... Text>
llvm::LogicalResult emitLayerError(std::optional<mlir::Location> loc,
                                   typename Layer::Adaptor layer,
                                   Text &&...text) {
  return emitOptionalError(loc, Layer::getOperationName(), " \"",
                           layer.getName(),
                           "\": ", std::forward<Text>(text)...);
}

/// What calls of one layer have in common: its config with the defaults,
/// without what is a call's own.
mlir::DictionaryAttr getSharedConfig(mlir::Operation *op);

/// The parameter of Keras' `call` that each of `count` operands is: those that
/// `arguments` lists, else the first ones.
llvm::SmallVector<llvm::StringRef>
nameOperands(mlir::ArrayAttr arguments,
             llvm::ArrayRef<llvm::StringRef> parameters, size_t count);

/// The names of a model's outputs as Keras gives them: those in the op, else
/// those of the layers that made them, repeats with _1, _2.
llvm::SmallVector<std::string> getOutputNames(OutputOp output);

/// The model that no layer.call refers to; an error if there is not just one.
llvm::FailureOr<ModelOp> findMainModel(mlir::ModuleOp module);

} // namespace dlc::layer
