// The weights that training with averages ends in.
#pragma once

#include "runtime/session/Impl.h"

namespace dlc::session {

/// Gives every weight the moving average that the optimizer kept of it, as
/// Keras' fit does at its end (finalize_variable_values). Without averages
/// (`use_ema`) nothing happens.
Expected<void> overwriteWithAverages(Session::Impl &impl);

} // namespace dlc::session
