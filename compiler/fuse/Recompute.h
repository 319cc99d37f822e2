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

} // namespace dlc::fuse
