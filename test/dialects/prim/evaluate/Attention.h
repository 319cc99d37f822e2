// attention and its gradient in plain loops.
#pragma once

#include "dialects/prim/Prim.h"
#include "test/dialects/prim/evaluate/Array.h"

namespace dlc::test {

/// y and logsumexp.
std::vector<Array> evaluateAttention(prim::AttentionOp op,
                                     llvm::ArrayRef<Array> operands);

/// dquery, dkey and dvalue.
std::vector<Array> evaluateAttentionGrad(prim::AttentionGradOp op,
                                         llvm::ArrayRef<Array> operands);

} // namespace dlc::test
