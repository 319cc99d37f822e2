// Which producers cost less to compute again than to store.
#pragma once

#include "dialects/prim/Prim.h"

namespace dlc::fuse {

/// Whether a kernel should rather compute this prim from its operand than read
/// its result: a few cheap scalar ops on elements of one tensor of at least the
/// same size, and maybe on smaller ones that are repeated. The kernel then
/// reads the operand instead and nobody need write the result. False if some
/// user needs the result in memory anyway.
bool isBetterRecomputed(prim::LoopOpInterface prim);

/// Whether a kernel computes this prim wherever it reads it: what is free, and
/// a number that follows from constants and the batch's size by one operation
/// of arithmetic, as the factor 1 / n of a mean's gradient.
bool isComputedAnywhere(prim::LoopOpInterface prim);

/// Whether a number of each row costs less to compute for every element of the
/// row than to store: a few cheap scalar ops on one other number of the row, as
/// a sample's weight over n.
bool isCheapInRow(prim::LoopOpInterface prim);

} // namespace dlc::fuse
