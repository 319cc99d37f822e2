// Code, weights and plan become one artifact.
#pragma once

#include "compiler/emit/host/EmitHost.h"
#include "mlir/IR/BuiltinOps.h"
#include "runtime/artifact/Artifact.h"

#include <functional>

namespace dlc::pack {

/// Where the first value of a state comes from. Null: zeros, or the constant
/// that its argument's `dlc.initial` gives.
using InitialValue =
    std::function<Expected<std::optional<Tensor>>(const artifact::State &)>;

struct PackInput {
  /// After plan-memory: every tensor has a place.
  mlir::ModuleOp module;
  std::string modelName;
  llvm::ArrayRef<emit::host::Object> objects;
  InitialValue initial;
  /// What goes back into a .keras file.
  std::string kerasConfig, kerasMetadata;
  /// What goes back into a legacy .h5 file beside these.
  std::string kerasLegacy;
};

/// The artifact of a planned module; its manifest is valid.
Expected<artifact::Artifact> pack(const PackInput &input);

} // namespace dlc::pack
