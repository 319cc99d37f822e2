// What a kernel means, evaluated in double precision one point at a time.
#pragma once

#include "dialects/kernel/Kernel.h"
#include "test/compiler/emit/host/Arrays.h"

namespace dlc::test {

/// The outputs of a kernel for a batch of n samples. Aborts on an op that it
/// does not know.
std::vector<Array> evaluate(kernel::FusedOp kernel,
                            llvm::ArrayRef<Array> inputs, int64_t n);

} // namespace dlc::test
