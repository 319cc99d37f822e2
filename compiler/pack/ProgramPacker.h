// One planned function as one program of the manifest.
#pragma once

#include "compiler/emit/cuda/EmitCuda.h"
#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "runtime/artifact/Artifact.h"

namespace dlc::pack {

DType dtypeOf(mlir::Type tensor);

/// The shape with batchDim for `?`.
Shape shapeOf(mlir::Type tensor);

class ProgramPacker {
public:
  /// For a GPU `device` says how its kernels are launched; null for the host.
  ProgramPacker(mlir::func::FuncOp func, int64_t maxBatch,
                const emit::cuda::DeviceText *device)
      : func(func), maxBatch(maxBatch), device(device) {}

  artifact::Program pack();

private:
  void addArguments();
  void addKernels();
  void addOutputs();
  void addPort(std::vector<artifact::Port> &ports, artifact::Port::Role role,
               llvm::StringRef name, mlir::Value value);
  artifact::Launch describe(kernel::FusedOp kernel);
  artifact::Launch describe(kernel::GroupOp group);
  artifact::Launch describe(kernel::LibraryOp library);
  artifact::Launch describe(kernel::ChainOp chain);
  void addScratch(mlir::Operation *kernel, artifact::Launch &launch);
  void addStream(mlir::Operation *kernel, artifact::Launch &launch);

  /// The index of the buffer for a tensor at a place.
  uint32_t addBuffer(kernel::PlaceAttr place, mlir::Type type);
  uint32_t bufferOf(mlir::Value value);

  mlir::func::FuncOp func;
  int64_t maxBatch;
  const emit::cuda::DeviceText *device;
  artifact::Program program;
  llvm::DenseMap<mlir::Value, uint32_t> buffers;
};

} // namespace dlc::pack
