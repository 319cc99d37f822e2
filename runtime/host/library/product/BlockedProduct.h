// A matrix product of our own, for where oneDNN's leaves half of a core's
// multipliers idle.
#pragma once

#include "runtime/host/library/product/Matrices.h"

namespace dlc::host {

/// Adds result = left right to the call, summed along the depth in order, in
/// the same order whatever the number of threads.
///
/// Without AVX-512 oneDNN 2.6 has one product, whose speed depends on how the
/// matrices lie: of 230 GFLOP/s that two cores have, [256, 1024] by [1024,
/// 1024] gets 97 where both lie row by row, 186 where the second is transposed,
/// and in the midst of a training step 135 where the first is. Here both are
/// first copied to panels that the caches hold (Goto and van de Geijn, Anatomy
/// of High-Performance Matrix Multiplication, ACM Transactions on Mathematical
/// Software, 2008): 180 and 170.
///
/// Returns whether it did: not for batches, for what does not lie as matrices,
/// for a right matrix whose rows do not lie in one piece, for sizes that are
/// not worth the copies, and with AVX-512.
bool addBlockedProduct(DnnlCall &call, const Library::Context &context,
                       const Operand &left, const Operand &right,
                       const Argument &result);

} // namespace dlc::host
