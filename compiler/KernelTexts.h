// The text of each kernel of a planned module, for people.
#pragma once

#include "compiler/Pipeline.h"
#include "mlir/IR/BuiltinOps.h"

#include <map>
#include <string>

namespace dlc {

/// By the name of a launch: CUDA C++ for a GPU, and for the host the kernel as
/// IR, a loop nest around a region of scalars or the library call.
std::map<std::string, std::string>
printKernels(mlir::ModuleOp planned, Device device, int64_t maxBatch);

} // namespace dlc
