// Kernels and routines become CUDA C++: one translation unit for a module.
#pragma once

#include "compiler/emit/cuda/KernelText.h"
#include "dialects/kernel/Kernel.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

namespace dlc::emit::cuda {

struct DeviceText {
  /// CUDA C++ that includes nothing.
  std::string text;
  /// How each launch goes, by its name.
  llvm::StringMap<std::vector<artifact::DeviceStage>> stages;
  /// What a library computes, by the name of the launch: it has no stages.
  llvm::StringMap<artifact::LibraryProduct> products;
  /// The same of convolutions, which have one stage.
  llvm::StringMap<artifact::LibraryConvolution> convolutions;
};

/// Writes all kernels of a module, planned for batches of up to `maxBatch`. The
/// same module gives the same text; kernels that are alike share it. Two
/// kernels may not have one name. Errors are emitted at the kernel.
llvm::FailureOr<DeviceText> emitCuda(mlir::ModuleOp module, int64_t maxBatch);

/// Whether an op is a launch; members of a group are part of one.
bool isLaunch(mlir::Operation *op);

/// The text of a launch; an error is emitted at it.
llvm::FailureOr<KernelText> emitKernel(mlir::Operation *kernel,
                                       int64_t maxBatch);

/// The text without the comments at its top, which name layers and so differ
/// between kernels that are alike.
llvm::StringRef skipComments(llvm::StringRef text);

/// Whether the kernel's blocks count themselves in a variable of its code,
/// which all launches of that code share: they must run one after the other.
bool countsBlocks(const KernelText &text);

} // namespace dlc::emit::cuda
