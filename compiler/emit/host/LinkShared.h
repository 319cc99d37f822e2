// From machine code to a shared object, in this process.
#pragma once

#include "compiler/emit/host/ObjectCode.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <cstddef>
#include <vector>

namespace dlc::emit::host {

/// Links ELF objects to a shared object that dlopen takes. What they do
/// not define (powf, memset) is found by the program that opens it. May be
/// called from several threads and any number of times; leaves no file behind.
llvm::Expected<std::vector<std::byte>>
linkShared(llvm::ArrayRef<ObjectFile> objects);

} // namespace dlc::emit::host
