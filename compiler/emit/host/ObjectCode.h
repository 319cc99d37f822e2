// From an LLVM module to machine code in memory.
#pragma once

#include "compiler/emit/host/CpuLevel.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Module.h"

namespace dlc::emit::host {

/// The bytes of an ELF object.
using ObjectFile = llvm::SmallVector<char, 0>;

/// Optimises the module for a level, in place, and writes an ELF object.
llvm::Expected<ObjectFile> compileObject(llvm::Module &module,
                                         const CpuLevel &level);

} // namespace dlc::emit::host
