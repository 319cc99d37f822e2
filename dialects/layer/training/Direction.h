// Which way a metric goes when a model improves.
#pragma once

#include "llvm/ADT/StringRef.h"

namespace dlc::layer {

/// "up" or "down" for a metric's class, as Keras' `_direction` says; empty
/// where Keras too knows of none. A loss' class is "down".
llvm::StringRef findDirection(llvm::StringRef kerasClass);

} // namespace dlc::layer
