// Kernel IR to functions of this process.
#pragma once

#include "compiler/emit/host/EmitHost.h"
#include "test/compiler/emit/host/Arrays.h"

#include <memory>

namespace dlc::test {

using KernelFunction = void (*)(char *const *buffers, int64_t n, int64_t begin,
                                int64_t end);

/// A shared object opened from memory.
class LoadedCode {
public:
  explicit LoadedCode(llvm::ArrayRef<std::byte> sharedObject);
  /// Null if there is none of that name.
  KernelFunction find(const std::string &symbol) const;

private:
  std::shared_ptr<void> handle;
};

/// The levels that this machine runs.
std::vector<std::string> listLevels();

/// A context with the dialects of kernels.
std::unique_ptr<mlir::MLIRContext> makeContext();

/// Parses, runs schedule-host, and checks that both worked.
mlir::OwningOpRef<mlir::ModuleOp> parseScheduled(mlir::MLIRContext &context,
                                                 llvm::StringRef text);

/// The last kernel of a module.
kernel::FusedOp findKernel(mlir::ModuleOp module);

/// Runs a kernel over its buffers (inputs, then outputs), every stage cut in
/// `parts` ranges of its iterations.
void runKernel(const LoadedCode &code, kernel::FusedOp kernel,
               std::vector<char *> buffers, int64_t n, int64_t parts);

} // namespace dlc::test
