// Code, weights and plan become one artifact.
#pragma once

#include "compiler/emit/cuda/EmitCuda.h"
#include "compiler/emit/cuda/device/CompileDevice.h"
#include "compiler/emit/host/EmitHost.h"
#include "mlir/IR/BuiltinOps.h"
#include "runtime/artifact/Artifact.h"

#include <functional>

namespace dlc::pack {

/// Where the first value of a state comes from. Null: zeros, or the constant,
/// a number or an array, that its argument's `dlc.initial` gives.
using InitialValue =
    std::function<Expected<std::optional<Tensor>>(const artifact::State &)>;

struct PackInput {
  /// After plan-memory: every tensor has a place. One of the two may be null;
  /// both have the same states at the same places.
  mlir::ModuleOp host, cuda;
  std::string modelName;
  llvm::ArrayRef<emit::host::Object> objects;
  /// How the kernels of `cuda` are launched, and their code.
  const emit::cuda::DeviceText *device = nullptr;
  llvm::ArrayRef<emit::cuda::DeviceImage> images;
  InitialValue initial; // empty: no first values
  /// Keras' steps_per_execution.
  int64_t stepsPerLaunch = 1;
  /// What goes back into a .keras file.
  std::string kerasConfig, kerasMetadata;
  /// What goes back into a legacy .h5 file beside these.
  std::string kerasLegacy;
};

/// The artifact of planned modules; its manifest is valid.
Expected<artifact::Artifact> pack(const PackInput &input);

/// The manifest alone, without code, first values and Keras' files.
artifact::Manifest describe(const PackInput &input);

} // namespace dlc::pack
