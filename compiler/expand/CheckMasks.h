// Masks of time steps, which dlc does not compute.
#pragma once

#include "dialects/layer/Layer.h"

namespace dlc::expand {

/// An error that names the Embedding whose mask (mask_zero) would reach a layer
/// or an output of this model where it changes what Keras computes. A mask that
/// a layer drops on the way, as Flatten does, is no harm.
llvm::LogicalResult checkMasks(layer::ModelOp model);

} // namespace dlc::expand
