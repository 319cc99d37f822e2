// The passes of all stages, in the order in which a model meets them.

#ifndef DLC_PASSES
#define DLC_PASSES

include "compiler/expand/Passes.td"
include "compiler/train/Passes.td"
include "compiler/simplify/Passes.td"
include "compiler/fuse/Passes.td"
include "compiler/plan/Passes.td"
include "compiler/emit/cuda/Passes.td"

#endif // DLC_PASSES
