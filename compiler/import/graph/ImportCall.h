// One call of a layer, a function of keras.ops or a nested model becomes an op.
#pragma once

#include "compiler/import/config/Config.h"
#include "compiler/import/graph/ArgumentForm.h"
#include "compiler/import/graph/ImportModel.h"

namespace dlc::importer {

struct CallContext {
  const LayerEntry &entry;
  const Call &call;
  mlir::ArrayRef<mlir::Value> tensors; // those of `call`
  layer::ModelOp nested;               // null for a layer or function
  TrainingRule rule;
};

struct ImportedCall {
  mlir::SmallVector<mlir::Value> results;
  /// Arguments that the op does not say, for export; empty where it says all.
  Json aside = Json::object();
};

/// Makes the op at the builder's place. Errors name the layer.
Expected<ImportedCall> importCall(mlir::OpBuilder &b,
                                  const CallContext &context);

/// The operands of a call: all tensors of its nest of arguments, dicts by
/// sorted key as Keras flattens them.
void collectTensors(const Json &argument, mlir::ArrayRef<mlir::Value> tensors,
                    mlir::SmallVectorImpl<mlir::Value> &operands);

} // namespace dlc::importer
